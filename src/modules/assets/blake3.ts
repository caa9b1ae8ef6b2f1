/** BLAKE3-256 of bytes as they pass by: no second reading of an upload. */
import { createBLAKE3 } from 'hash-wasm';

export interface Blake3Tap {
  /** Passes every chunk on. */
  through(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
  /** Lower-case hex, 64 digits; to be called once, after the last chunk. */
  digest(): string;
}

export async function blake3Tap(): Promise<Blake3Tap> {
  const hasher = await createBLAKE3();
  hasher.init();
  return {
    async *through(source) {
      for await (const chunk of source) {
        hasher.update(chunk);
        yield chunk;
      }
    },
    digest: () => hasher.digest('hex'),
  };
}
