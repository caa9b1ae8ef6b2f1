import { createHash } from 'node:crypto';
import { inTurns } from './in-turns.js';

const bytesPerStep = 1_048_576;

/** Of the parts one after the other, in hexadecimal digits. */
export const sha256InTurns = async (...parts: readonly (string | Buffer)[]): Promise<string> =>
  inTurns(hashSteps(parts));

function* hashSteps(parts: readonly (string | Buffer)[]): Generator<undefined, string, undefined> {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = Buffer.isBuffer(part) ? part : Buffer.from(part);
    for (let at = 0; at < bytes.length; at += bytesPerStep) {
      hash.update(bytes.subarray(at, at + bytesPerStep));
      yield undefined;
    }
  }
  return hash.digest('hex');
}
