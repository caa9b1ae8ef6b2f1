/**
 * JSON as Python writes it, without losing a digit.
 * Guarantees: `parseJson` keeps every number as its own text (a seed of 18446744073709551615 and the float 5.0
 * survive a round trip through `stringifyJson`); bare NaN, Infinity and -Infinity outside strings read as null;
 * nesting deeper than `maxDepth` is refused before any recursion; work grows linearly with the text.
 */
import { isLosslessNumber, stringify } from 'lossless-json';
import { atOnce } from '../steps.js';
import { defaultMaxDepth, type JsonLimits, parseSteps } from './json-parse.js';

export { isLosslessNumber };

/** Numbers come back as `LosslessNumber`. Throws SyntaxError. A repeated key keeps its last value, as in Python. */
export function parseJson(text: string, limits: JsonLimits = {}): unknown {
  return atOnce(parseSteps(text, limits));
}

/** Ordinary JavaScript values at native speed; integers above 2^53 lose digits. Throws SyntaxError. */
export function parsePlainJson(text: string, limits: JsonLimits = {}): unknown {
  if (nestsAtMost(text, limits.maxDepth ?? defaultMaxDepth))
    try {
      return JSON.parse(text);
    } catch {
      // Python's constants, or no JSON at all: the slower way tells.
    }
  return JSON.parse(normaliseJsonText(text, limits));
}

/** Whether so few brackets open that the text cannot nest deeper; those inside strings count too. */
function nestsAtMost(text: string, maxDepth: number): boolean {
  let left = maxDepth;
  for (const bracket of ['{', '['])
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1))
      if (--left < 0) return false;
  return true;
}

/** Text of a value that may hold `LosslessNumber`s. Throws TypeError for a value that JSON cannot hold at the top. */
export function stringifyJson(value: unknown): string {
  const text = stringify(value);
  if (text === undefined) throw new TypeError('This value has no JSON form');
  return text;
}

/** The same value with ordinary numbers; an integer above 2^53 becomes the nearest double. */
export function toPlain(value: unknown): unknown {
  if (isLosslessNumber(value)) return Number(value.value);
  if (Array.isArray(value)) return value.map(toPlain);
  if (!isJsonObject(value)) return value;
  // fromEntries defines own properties, so a key named __proto__ stays data.
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toPlain(item)]));
}

/** A JSON object: not null, no array, no number. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

/** The value of a plain or lossless number, else undefined. */
export function asNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return isLosslessNumber(value) ? Number(value.value) : undefined;
}

const quote = 0x22;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const letterI = 0x49;
const letterN = 0x4e;

const opens = (code: number): boolean => code === openBrace || code === openBracket;
const closes = (code: number): boolean => code === closeBrace || code === closeBracket;

/** Replaces Python's bare constants by null and checks the nesting, in one pass. */
function normaliseJsonText(text: string, { maxDepth = defaultMaxDepth }: JsonLimits): string {
  const pieces: string[] = [];
  let copiedUpTo = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (opens(code)) {
      if (++depth > maxDepth) throw new SyntaxError(`JSON nested deeper than ${maxDepth}`);
    } else if (closes(code)) depth--;
    else if (code === letterN || code === letterI) {
      const constant = constantAt(text, at);
      if (constant === undefined) continue;
      pieces.push(text.slice(copiedUpTo, constant.from), 'null');
      copiedUpTo = constant.to;
      at = constant.to - 1;
    }
  }
  if (copiedUpTo === 0) return text;
  pieces.push(text.slice(copiedUpTo));
  return pieces.join('');
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== quote) at += text.charCodeAt(at) === backslash ? 2 : 1;
  return at;
}

function constantAt(text: string, at: number): { from: number; to: number } | undefined {
  if (text.startsWith('NaN', at)) return { from: at, to: at + 3 };
  if (!text.startsWith('Infinity', at)) return undefined;
  return { from: text[at - 1] === '-' ? at - 1 : at, to: at + 8 };
}
