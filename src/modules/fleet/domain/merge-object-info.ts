/**
 * One `/object_info` out of many. A class that every node describes in the same bytes keeps these bytes; of one that
 * differs the first description stands, with the choices of all nodes in its combos, model files with `/`.
 */
import {
  isJsonObject,
  isModelFile,
  isPause,
  parseSteps,
  sortSteps,
  splitSteps,
  type Steps,
  writeJson,
  writeJsonSteps,
} from '../../comfyui/domain/index.js';

/** Class name to its description as JSON text. `documents` are whole `/object_info` texts, the preferred first. */
export function* mergeSteps(documents: readonly string[]): Steps<Map<string, string>> {
  const texts = new Map<string, Set<string>>();
  for (const document of documents)
    for (const [name, text] of (yield* splitSteps(document)) ?? []) {
      const known = texts.get(name);
      if (known) known.add(text);
      else texts.set(name, new Set([text]));
    }
  const merged = new Map<string, string>();
  for (const [name, variants] of texts) {
    const text = yield* mergeClass([...variants]);
    if (text !== undefined) merged.set(name, text);
    if (isPause(merged.size)) yield undefined;
  }
  return merged;
}

function* mergeClass(variants: string[]): Steps<string | undefined> {
  const [first] = variants;
  // A backslash in JSON text is doubled; file names of Windows nodes have them.
  const isPlain = first !== undefined && !first.includes('\\\\') && !first.includes(placedFolder);
  if (variants.length === 1 && isPlain) return first;
  const parsed: Record<string, unknown>[] = [];
  for (const text of variants) {
    const info = yield* parseOrNothing(text);
    if (isJsonObject(info)) parsed.push(info);
  }
  const [base] = parsed;
  if (base === undefined) return undefined;
  yield* mergeInputs(base, parsed);
  return yield* writeJsonSteps(base);
}

/** Node classes with a schema that makes no sense are left out; the rest of the document still counts. */
function* parseOrNothing(text: string): Steps<unknown> {
  try {
    return yield* parseSteps(text);
  } catch {
    return undefined;
  }
}

function* mergeInputs(base: Record<string, unknown>, all: Record<string, unknown>[]): Steps<void> {
  for (const group of ['required', 'optional'] as const)
    for (const [name, spec] of Object.entries(groupOf(base, group))) {
      const lists = all.flatMap((info) => {
        const choices =
          choicesIn(groupOf(info, 'required')[name]) ?? choicesIn(groupOf(info, 'optional')[name]);
        return choices === undefined ? [] : [choices];
      });
      if (choicesIn(spec) !== undefined) setChoices(spec as unknown[], yield* mergeChoices(lists));
    }
}

function groupOf(info: Record<string, unknown>, group: 'required' | 'optional'): Record<string, unknown> {
  const members = isJsonObject(info.input) ? info.input[group] : undefined;
  return isJsonObject(members) ? members : {};
}

function choicesIn(spec: unknown): unknown[] | undefined {
  if (!Array.isArray(spec)) return undefined;
  const [type, options] = spec as unknown[];
  if (Array.isArray(type)) return type;
  return type === 'COMBO' && isJsonObject(options) && Array.isArray(options.options)
    ? options.options
    : undefined;
}

function setChoices(spec: unknown[], choices: unknown[]): void {
  if (Array.isArray(spec[0])) spec[0] = choices;
  else if (isJsonObject(spec[1])) spec[1].options = choices;
}

/**
 * Files are sorted, as ComfyUI lists them. Other lists keep the first node's order, with what only others have at the
 * end: a client takes the first choice for the default.
 */
function* mergeChoices(lists: unknown[][]): Steps<unknown[]> {
  const merged = new Map<string, unknown>();
  let count = 0;
  for (const list of lists)
    for (const given of list) {
      if (isPause(count++)) yield undefined;
      const choice = withSlashes(given);
      if (isPlaced(choice)) continue;
      const key = writeJson(choice);
      if (!merged.has(key)) merged.set(key, choice);
    }
  const choices = [...merged.values()];
  const isFileList = lists.length > 1 && choices.length > 0 && choices.every(isFileName);
  return isFileList ? yield* sortSteps(choices, (a, b) => (String(a) < String(b) ? -1 : 1)) : choices;
}

/** Where uploads are placed on nodes, under the hashes of their contents: it is nobody's to choose from. */
const placedFolder = 'comfymux';
const isPlaced = (choice: unknown): boolean =>
  typeof choice === 'string' && (choice === placedFolder || /^comfymux[/\\]/.test(choice));

const isFileName = (choice: unknown): boolean => typeof choice === 'string' && /\.\w{1,12}$/.test(choice);
const withSlashes = (choice: unknown): unknown =>
  typeof choice === 'string' && isModelFile(choice) ? choice.replaceAll('\\', '/') : choice;
