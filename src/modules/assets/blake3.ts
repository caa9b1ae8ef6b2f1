/** BLAKE3-256 of bytes as they pass by: no second reading of an upload. */
import { createBLAKE3, type IHasher } from 'hash-wasm';

export interface Blake3Tap {
  /** Passes every chunk on. */
  through(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
  /** Lower-case hex, 64 digits; to be called once, after the last chunk. */
  digest(): string;
}

/** Less than this is hashed at its end, in one go: a hasher would be held for as long as the disk takes. */
const gatheredBytesMax = 64 * 1024;

/** Each has a memory of its own, which costs ten times what a small file costs to hash. */
const idle: IHasher[] = [];
const idleMax = 8;
let ofSmallFiles: Promise<IHasher> | undefined;

export async function blake3Tap(): Promise<Blake3Tap> {
  const shared = await (ofSmallFiles ??= createBLAKE3());
  let own: IHasher | undefined;
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;
  const hashGathered = (hasher: IHasher): void => {
    for (const chunk of gathered) hasher.update(chunk);
    [gathered, gatheredBytes] = [[], 0];
  };
  return {
    async *through(source) {
      for await (const chunk of source) {
        gathered.push(chunk);
        gatheredBytes += chunk.byteLength;
        if (gatheredBytes >= gatheredBytesMax) hashGathered((own ??= (await ownHasher()).init()));
        yield chunk;
      }
    },
    digest() {
      const hasher = own ?? shared.init();
      hashGathered(hasher);
      const digest = hasher.digest('hex');
      if (own && idle.length < idleMax) idle.push(own);
      return digest;
    },
  };
}

const ownHasher = async (): Promise<IHasher> => idle.pop() ?? createBLAKE3();
