/** Files that hide inside a value: a pack's LoRA as an object, `<lora:NAME:1>` in a text of a loader that reads such tags, embeddings. */
import type { Steps } from '../../../comfyui/domain/index.js';
import { embeddingList, embeddingsSteps } from './embeddings.js';
import { isModelFile } from './file-choice.js';
import { isRecord } from '../graph.js';

/** Where every server lists its LoRAs, whatever class asks for them. */
const loraList = { class: 'LoraLoader', input: 'lora_name' } as const;

export interface HiddenFile {
  class: string;
  input: string;
  value: string;
}

export function* hiddenFilesSteps(nodeClass: string, literal: unknown): Steps<HiddenFile[]> {
  if (isRecord(literal)) return loraOf(literal);
  if (typeof literal !== 'string') return [];
  if (literal.length > longText) yield undefined;
  const embeddings = (yield* embeddingsSteps(literal)).map((value) => ({ ...embeddingList, value }));
  return tagReaders.test(nodeClass) ? [...taggedLoras(literal), ...embeddings] : embeddings;
}

/** Looked through within a millisecond; a node may have thousands of them. */
const longText = 8_192;

/** `{on, lora, strength}`, as rgthree's Power Lora Loader has it. One that is off is not needed. */
function loraOf({ on, lora }: Record<string, unknown>): HiddenFile[] {
  return on !== false && typeof lora === 'string' && isModelFile(lora) ? [{ ...loraList, value: lora }] : [];
}

/** Classes that load what a tag in their text names; for every other one a tag is only text. */
const tagReaders =
  /^(Power Prompt \(rgthree\)|SDXL Power Prompt - Positive \(rgthree\)|LoraTagLoader|LoRA Tag Loader|Load LoRA Tag|ImpactWildcardEncode|LoraLoaderTagsQuery)/;
const tag = /<lora:([^:<>]{1,300})(?::[^<>]{0,100})?>/g;
const tagsMax = 100;

function taggedLoras(text: string): HiddenFile[] {
  const names: string[] = [];
  for (const [, name = ''] of text.slice(0, 1_000_000).matchAll(tag)) {
    if (names.push(name.trim()) >= tagsMax) break;
  }
  return names.map((name) => ({ ...loraList, value: withEnding(name) }));
}

/** A tag names a LoRA without its ending. */
function withEnding(name: string): string {
  const hasEnding: boolean = isModelFile(name);
  return hasEnding ? name : `${name}.safetensors`;
}
