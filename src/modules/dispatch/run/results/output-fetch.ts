/** One file of a finished run on its way from the node into storage: what may go wrong, and whose word is final. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../../../../platform/fault.js';
import type { AssetsService } from '../../../assets/index.js';
import { type ComfyClient, ComfyCallError, type OutputFile } from '../../../comfyui/index.js';

export interface StoredFile {
  sha256: string;
  sizeBytes: number;
  mime: string;
}

export type Fetched =
  | { kind: 'stored'; stored: StoredFile }
  /** The node will never hand it out, however often it is asked. */
  | { kind: 'missing' | 'too_large'; because: string }
  /** The tenant keeps as much as it may. */
  | { kind: 'no_room'; because: string }
  /** The network, or a node in trouble: another try, later or elsewhere, may succeed. */
  | { kind: 'failed'; because: string };

export interface FetchOptions {
  /** For whom the file counts. */
  owner: string;
  maxBytes: number;
  signal: AbortSignal;
}

const tries = 5;
const firstPauseMs = 500;
/** A definite no is asked for twice: what a node has just written may not be seen by all its threads. */
const missesMax = 2;
/** Bytes of UTF-8: more than any file system takes, less than an index does. */
const nameBytesMax = 1_024;
const folders = new Set(['output', 'temp', 'input']);

/** Five tries with growing pauses. Throws when aborted, and when the fault is ours (database, storage). */
export async function fetchOutput(
  assets: AssetsService,
  client: ComfyClient,
  file: OutputFile,
  options: FetchOptions,
): Promise<Fetched> {
  if (!isName(file)) return { kind: 'missing', because: 'that is no name of a file' };
  let misses = 0;
  let because = '';
  for (let tried = 0; tried < tries; tried += 1) {
    if (tried > 0) await sleep(firstPauseMs * 2 ** (tried - 1), undefined, { signal: options.signal });
    try {
      return { kind: 'stored', stored: await assets.collectOutput(client, file, options) };
    } catch (error) {
      options.signal.throwIfAborted();
      if (error instanceof Fault && error.code === 'payload_too_large')
        return { kind: 'too_large', because: error.message };
      if (isNoRoom(error)) return { kind: 'no_room', because: error.message };
      if (!(error instanceof ComfyCallError || error instanceof Fault)) throw error;
      because = error.message;
      if (isDefinite(error) && (misses += 1) >= missesMax) return { kind: 'missing', because };
    }
  }
  return { kind: 'failed', because };
}

/** What storage has already, for a job whose node has it no more. */
export async function keepCopy(assets: AssetsService, copy: StoredFile, owner: string): Promise<Fetched> {
  const full = await noRoomOf(async () => void (await assets.renew(copy.sha256, owner)));
  return full === null ? { kind: 'stored', stored: copy } : { kind: 'no_room', because: full };
}

/** Why a result was not kept, when its tenant has no room for it; null when all went well. Throws what else goes wrong. */
export async function noRoomOf(keep: () => Promise<void>): Promise<string | null> {
  try {
    await keep();
    return null;
  } catch (error) {
    if (isNoRoom(error)) return error.message;
    throw error;
  }
}

const isNoRoom = (error: unknown): error is Fault => error instanceof Fault && error.code === 'storage_full';

/** The node answers, and says that it does not have the file or would not give it to anybody. */
const isDefinite = (error: Error): boolean =>
  error instanceof ComfyCallError && [400, 403, 404, 410].includes(error.status ?? 0);

const isName = ({ filename, subfolder, type }: OutputFile): boolean =>
  folders.has(type) && [filename, subfolder].every((name) => Buffer.byteLength(name) <= nameBytesMax);
