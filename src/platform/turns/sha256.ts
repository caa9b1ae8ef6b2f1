import { createHash } from 'node:crypto';
import { inTurns } from './in-turns.js';
import { piecesOf } from './utf8.js';

const bytesPerStep = 1_048_576;

/** Of the parts one after the other, in hexadecimal digits. */
export const sha256InTurns = async (...parts: readonly (string | Buffer)[]): Promise<string> =>
  inTurns(hashSteps(parts));

function* hashSteps(parts: readonly (string | Buffer)[]): Generator<undefined, string, undefined> {
  const hash = createHash('sha256');
  for (const part of parts) {
    for (const piece of typeof part === 'string' ? piecesOf(part) : slicesOf(part)) {
      hash.update(piece);
      yield undefined;
    }
  }
  return hash.digest('hex');
}

function* slicesOf(bytes: Buffer): Generator<Buffer, void, undefined> {
  for (let at = 0; at < bytes.length; at += bytesPerStep) yield bytes.subarray(at, at + bytesPerStep);
}
