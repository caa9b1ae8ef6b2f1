/** BLAKE3-256 of bytes as they pass by: no second reading of an upload. */
import { createBLAKE3, type IHasher } from 'hash-wasm';

export interface Blake3Tap {
  /** Passes every chunk on. */
  through(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
  /** Lower-case hex, 64 digits; to be called once, after the last chunk. */
  digest(): string;
}

/** Each has a memory of its own, which costs more to make than a small file to hash. */
const idle: IHasher[] = [];
const idleMax = 8;

export async function blake3Tap(): Promise<Blake3Tap> {
  const hasher = idle.pop() ?? (await createBLAKE3());
  hasher.init();
  return {
    async *through(source) {
      for await (const chunk of source) {
        hasher.update(chunk);
        yield chunk;
      }
    },
    digest() {
      const digest = hasher.digest('hex');
      if (idle.length < idleMax) idle.push(hasher);
      return digest;
    },
  };
}
