import type { Readable } from 'node:stream';

/** Names a stored object: the SHA-256 of its bytes, 64 lower-case hex digits. */
export type Sha256 = string;

export interface StoredObject {
  sha256: Sha256;
  sizeBytes: number;
}

export interface ListedObject extends StoredObject {
  /** When its bytes were last written, by the store's clock. */
  writtenAt: Date;
}

export interface PutOptions {
  /** A source with more bytes is refused with Fault `payload_too_large`. */
  maxBytes: number;
  /** Ends the transfer; `put` rejects with its reason. */
  signal?: AbortSignal;
}

/** What the store itself says of an object that it hands out. */
export interface LinkOptions {
  contentType: string;
  disposition: string;
}

export const isSha256 = (name: string): name is Sha256 => /^[\da-f]{64}$/.test(name);

/**
 * Bytes kept under their own hash.
 *
 * Guarantees of every driver: `put` holds no more than a few chunks in memory; an object is visible whole or not at
 * all, and survives a power cut once `put` resolved; a `put` that rejects leaves nothing behind; the same bytes put
 * twice are one object.
 */
export abstract class Storage {
  /** Reads `source` to its end and names it. Also renews `writtenAt` of an object that was there before. */
  abstract put(source: AsyncIterable<Uint8Array>, options: PutOptions): Promise<StoredObject>;

  /** The bytes from `start` to `end` inclusive, or all. Rejects with Fault `not_found`. */
  abstract get(sha256: Sha256, range?: { start: number; end: number }): Promise<Readable>;

  /** An address from which anybody who has it gets the bytes, ranges too, until it expires; undefined where there is none. */
  abstract link(sha256: Sha256, options: LinkOptions): Promise<string | undefined>;

  abstract stat(sha256: Sha256): Promise<ListedObject | undefined>;

  /** Deletes the object unless it was written after `writtenBefore`: somebody may be about to use it. Answers whether it is gone. */
  abstract delete(sha256: Sha256, writtenBefore: Date): Promise<boolean>;

  /** Of the disk that the objects are on; undefined where there is no end. */
  abstract room(): Promise<{ freeBytes: number; sizeBytes: number } | undefined>;

  /** Every object, in no order that may be relied on. */
  abstract list(): AsyncIterable<ListedObject>;

  /** The site that the objects belong to; undefined where none has written its mark. */
  abstract readMark(): Promise<string | undefined>;

  /** Replaces the mark. */
  abstract writeMark(siteId: string): Promise<void>;

  /** Removes what interrupted `put`s left, when older than `olderThan`. */
  abstract removeUnfinished(olderThan: Date): Promise<number>;
}

/** Where the bytes really are. */
export abstract class StorageDriver extends Storage {
  override async delete(sha256: Sha256, writtenBefore: Date): Promise<boolean> {
    // A row may name what no object is called.
    if (!isSha256(sha256)) return true;
    const object = await this.stat(sha256);
    if (object !== undefined && object.writtenAt > writtenBefore) return false;
    await this.remove(sha256);
    return true;
  }

  /** Also what is not there. */
  protected abstract remove(sha256: Sha256): Promise<void>;
}
