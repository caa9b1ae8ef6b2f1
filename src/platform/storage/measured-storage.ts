/** Any driver, with its calls counted and timed. */
import type { Readable } from 'node:stream';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { Fault } from '../fault.js';
import {
  type LinkOptions,
  type ListedObject,
  type PutOptions,
  type Sha256,
  Storage,
  type StoredObject,
} from './storage.js';

export class MeasuredStorage extends Storage {
  private readonly seconds: Histogram<'operation' | 'result'>;
  private readonly written: Counter;

  constructor(
    private readonly driver: Storage,
    registry: Registry,
  ) {
    super();
    const registers = [registry];
    this.seconds = new Histogram({
      name: 'comfymux_storage_seconds',
      help: 'Calls to storage: `put` with the whole transfer, `get` until the first byte; `result` is `ok`, `refused` (missing, too large), `broken_off` (what was to be stored) or `error`.',
      labelNames: ['operation', 'result'],
      buckets: [0.005, 0.025, 0.1, 0.5, 2, 10, 60],
      registers,
    });
    // What first appears at 1 has not increased.
    this.seconds.zero({ operation: 'put', result: 'error' });
    this.written = new Counter({
      name: 'comfymux_storage_written_bytes_total',
      help: 'Bytes put into storage.',
      registers,
    });
    this.tellRoom(registers);
  }

  override async put(source: AsyncIterable<Uint8Array>, options: PutOptions): Promise<StoredObject> {
    const watched = new WatchedSource(source);
    const stored = await this.timed('put', this.driver.put(watched, options), watched);
    this.written.inc(stored.sizeBytes);
    return stored;
  }

  override async get(sha256: Sha256, range?: { start: number; end: number }): Promise<Readable> {
    return this.timed('get', this.driver.get(sha256, range));
  }

  override async link(sha256: Sha256, options: LinkOptions): Promise<string | undefined> {
    return this.driver.link(sha256, options);
  }

  override async stat(sha256: Sha256): Promise<ListedObject | undefined> {
    return this.timed('stat', this.driver.stat(sha256));
  }

  override async delete(sha256: Sha256, writtenBefore: Date): Promise<boolean> {
    return this.timed('delete', this.driver.delete(sha256, writtenBefore));
  }

  override list(): AsyncIterable<ListedObject> {
    return this.driver.list();
  }

  override async removeUnfinished(olderThan: Date): Promise<number> {
    return this.driver.removeUnfinished(olderThan);
  }

  override async readMark(): Promise<string | undefined> {
    return this.driver.readMark();
  }

  override async writeMark(siteId: string): Promise<void> {
    return this.driver.writeMark(siteId);
  }

  override async room(): Promise<{ freeBytes: number; sizeBytes: number } | undefined> {
    return this.driver.room();
  }

  private async timed<T>(operation: string, call: Promise<T>, source?: { brokeOff: boolean }): Promise<T> {
    const beganMs = performance.now();
    let result = 'ok';
    try {
      return await call;
    } catch (error) {
      result = error instanceof Fault ? 'refused' : source?.brokeOff ? 'broken_off' : 'error';
      throw error;
    } finally {
      this.seconds.observe({ operation, result }, (performance.now() - beganMs) / 1000);
    }
  }

  private tellRoom(registers: Registry[]): void {
    const size = new Gauge({
      name: 'comfymux_storage_size_bytes',
      help: 'Size of the disk that `file:` storage is on; absent for `s3:`.',
      registers,
    });
    const room = async () => this.driver.room().catch(() => undefined);
    const free = new Gauge({
      name: 'comfymux_storage_free_bytes',
      help: 'What of it is free.',
      registers,
      async collect() {
        const found = await room();
        free.remove();
        size.remove();
        if (!found) return;
        free.set(found.freeBytes);
        size.set(found.sizeBytes);
      },
    });
  }
}

/** Tells a sender that broke off from storage that failed. */
class WatchedSource implements AsyncIterable<Uint8Array> {
  brokeOff = false;

  constructor(private readonly source: AsyncIterable<Uint8Array>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      yield* this.source;
    } catch (error) {
      this.brokeOff = true;
      throw error;
    }
  }
}
