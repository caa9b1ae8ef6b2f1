/**
 * The JSON of a request, read in turns with everybody else's work: the largest body that is taken holds the event loop for some
 * milliseconds at a time. What is large in number instead of bytes is refused, since every later walk over it costs as much again.
 */
import { StringDecoder } from 'node:string_decoder';
import { type JsonLimits, JsonTooLarge, parseSteps } from '../../../modules/comfyui/index.js';
import { Fault } from '../../../platform/fault.js';
import { inTurns } from '../../../platform/turns/index.js';

/** Of one body. A graph of 5,000 nodes with the editor's file beside it has some 300,000 values. */
export const jsonValuesMax = 500_000;
export const jsonMembersMax = 20_000;
/** What one body or one file of JSON may hold. */
export const jsonLimits = { maxValues: jsonValuesMax, maxMembers: jsonMembersMax };
/** What is not Latin takes some milliseconds a quarter of a megabyte. */
const bytesPerStep = 65_536;

/** Faults: invalid_request for what is no JSON, payload_too_large. */
export async function jsonOf(
  body: Buffer | string,
  numbers: NonNullable<JsonLimits['numbers']> = 'lossless',
): Promise<unknown> {
  const text = typeof body === 'string' ? body : await inTurns(decodeSteps(body));
  try {
    return await inTurns(parseSteps(text, { ...jsonLimits, numbers }));
  } catch (cause) {
    if (cause instanceof JsonTooLarge)
      throw new Fault('payload_too_large', `The body holds ${cause.message}.`, undefined, { cause });
    throw new Fault('invalid_request', 'The body is not valid JSON.', undefined, { cause });
  }
}

/** What is no UTF-8 becomes U+FFFD. */
function* decodeSteps(bytes: Buffer): Generator<undefined, string, undefined> {
  const decoder = new StringDecoder('utf8');
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += bytesPerStep) {
    parts.push(decoder.write(bytes.subarray(at, at + bytesPerStep)));
    yield undefined;
  }
  parts.push(decoder.end());
  return parts.join('');
}
