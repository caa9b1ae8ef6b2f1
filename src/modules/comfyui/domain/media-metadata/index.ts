/**
 * Finds the workflow in a file that ComfyUI wrote: pictures, sound, films, latents, 3D. Pure over bytes; never throws;
 * what a file claims about lengths and counts is bounded by what it has.
 */
import { isJsonObject } from '../json/json.js';
import { type JsonLimits, JsonTooLarge, parseSteps } from '../json/json-parse.js';
import { atOnce, type Steps } from '../steps.js';
import { readFlac, readMp3, readOgg } from './audio.js';
import { readExr, readGlb, readSafetensors, readSvg } from './other.js';
import { readPng } from './png.js';
import type { MediaReader, MediaTexts, MediaTools } from './texts.js';
import { readMatroska, readMp4 } from './video.js';
import { readWebp } from './webp.js';

const readers: MediaReader[] = [
  readPng,
  readWebp,
  readFlac,
  readOgg,
  readMp3,
  readMp4,
  readMatroska,
  readGlb,
  readExr,
  readSafetensors,
  readSvg,
];

export interface CarriedWorkflow {
  /** UI format, as the editor saved it. */
  workflow?: unknown;
  /** API format, as it was run. */
  prompt?: unknown;
}

export const readCarriedWorkflow = (bytes: Buffer, tools: MediaTools): CarriedWorkflow | undefined =>
  atOnce(readCarriedSteps(bytes, tools));

/** Undefined for a kind of file that carries none; empty for a file of such a kind without one. Throws JsonTooLarge. */
export function* readCarriedSteps(
  bytes: Buffer,
  tools: MediaTools,
  limits: JsonLimits = {},
): Steps<CarriedWorkflow | undefined> {
  for (const reader of readers) {
    const texts = tried(reader, bytes, tools);
    yield undefined;
    if (texts) return yield* carriedIn(texts, limits);
  }
  return undefined;
}

/** Lengths that point outside make a read throw: what was found until then is lost, no more. */
function tried(reader: MediaReader, bytes: Buffer, tools: MediaTools): MediaTexts | undefined {
  try {
    return reader(bytes, tools);
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function* carriedIn(texts: MediaTexts, limits: JsonLimits): Steps<CarriedWorkflow> {
  const read = (value: unknown) => parsed(value, limits);
  const comment = yield* read(texts.get('comment'));
  const old = isJsonObject(comment) ? comment : {};
  const workflow = (yield* read(texts.get('workflow'))) ?? (yield* read(old.workflow));
  const prompt = (yield* read(texts.get('prompt'))) ?? (yield* read(old.prompt));
  return {
    ...(isJsonObject(workflow) ? { workflow } : {}),
    ...(isJsonObject(prompt) ? { prompt } : {}),
  };
}

function* parsed(value: unknown, limits: JsonLimits): Steps<unknown> {
  if (typeof value !== 'string') return value;
  try {
    return yield* parseSteps(value, limits);
  } catch (error) {
    if (error instanceof JsonTooLarge) throw error;
    return undefined;
  }
}
