/** Large JSON in turns with everybody else's work. */
import { StringDecoder } from 'node:string_decoder';
import { inTurns } from '../../platform/turns/index.js';
import { type JsonLimits, parseSteps } from './domain/json/json-parse.js';
import { isJsonObject, parsePlainJson, stringifySteps } from './domain/index.js';
import { endOfWhole, storableJsonText } from './domain/json/storable.js';
import type { Steps } from './domain/steps.js';

/** As `parseJson`. */
export const parseInTurns = async (text: string, limits?: JsonLimits): Promise<unknown> =>
  inTurns(parseSteps(text, limits));

/** An object that the record keeps as JSON; null where it is none, or more than any door takes, as in an old or restored row. */
export async function storedObject(
  text: string,
  limits?: JsonLimits,
): Promise<Record<string, unknown> | null> {
  try {
    const value = await parseInTurns(text, limits);
    return isJsonObject(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Parsed at once within a millisecond. */
const shortLength = 65_536;

/** As `parsePlainJson`, and at its speed where the text is short. */
export const parsePlainInTurns = async (text: string, limits?: JsonLimits): Promise<unknown> =>
  text.length <= shortLength
    ? parsePlainJson(text, limits)
    : parseInTurns(text, { ...limits, numbers: 'plain' });

/** Of one answer or event of a node: a whole queue with its prompts, the classes of a thousand packs. */
const answerLimits: JsonLimits = { maxValues: 4_000_000, maxMembers: 30_000 };

/** The JSON that a node sends. Throws SyntaxError, and JsonTooLarge for more than any ComfyUI says. */
export const parseAnswer = async (text: string): Promise<unknown> => parsePlainInTurns(text, answerLimits);

/** As `stringifyJson`. */
export const stringifyInTurns = async (value: unknown): Promise<string> => inTurns(stringifySteps(value));

/** The bytes of a JSON value, cut anywhere, as `storableJsonText`: at once what is short. What is no UTF-8 becomes U+FFFD. */
export async function textInTurns(chunks: readonly Buffer[]): Promise<string> {
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (bytes > shortLength) return inTurns(storableSteps(chunks));
  return storableJsonText(Buffer.concat(chunks).toString('utf8'));
}

const bytesPerStep = 131_072;

function* storableSteps(chunks: readonly Buffer[]): Steps<string> {
  const decoder = new StringDecoder('utf8');
  const done: string[] = [];
  let rest = '';
  for (const bytes of chunks)
    for (let at = 0; at < bytes.length; at += bytesPerStep) {
      const text = rest + decoder.write(bytes.subarray(at, at + bytesPerStep));
      const cut = endOfWhole(text);
      done.push(storableJsonText(text.slice(0, cut)));
      rest = text.slice(cut);
      yield undefined;
    }
  done.push(storableJsonText(rest + decoder.end()));
  yield undefined;
  return done.join('');
}
