/** The recorded answers of the real editor: ./recordings. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import {
  type ConvertedGraph,
  type ConvertedWorkflow,
  convertUiWorkflow,
  parseJson,
  type SchemaOf,
  toPlain,
} from '../../../../src/modules/comfyui/index.js';

export interface Recorded {
  name: string;
  /** As parsed without loss of digits. */
  ui: unknown;
  /** Undefined where the editor could not load or convert the file. */
  api?: Record<string, { class_type?: string; inputs: Record<string, unknown> }>;
  unstable?: string;
}

const folder = new URL('./recordings/', import.meta.url);
const unpack = (name: string): string =>
  brotliDecompressSync(readFileSync(new URL(name, folder))).toString('utf8');
const lines = (name: string): Recorded[] => unpack(name).split('\n').map(readRecorded);

function readRecorded(line: string): Recorded {
  const { api } = JSON.parse(line) as Recorded;
  return { ...(parseJson(line) as Recorded), ...(api ? { api } : {}) };
}

export const recordedCases = (): Recorded[] => lines('cases.jsonl.br');
export const goldenFiles = (): Recorded[] => lines('golden.jsonl.br');

export function recordedSchema(text = unpack('object-info.json.br')): SchemaOf {
  const classes = JSON.parse(text) as Record<string, unknown>;
  return (nodeClass) => (Object.hasOwn(classes, nodeClass) ? classes[nodeClass] : undefined);
}

/** Every file of a folder of recordings that has an answer, with that folder's classes. */
export function largerRecording(
  source: string | undefined,
): { files: Recorded[]; schemaOf: SchemaOf } | undefined {
  if (source === undefined || !existsSync(join(source, 'golden'))) return undefined;
  const files = readdirSync(join(source, 'golden')).flatMap((file): Recorded[] => {
    const answer = JSON.parse(readFileSync(join(source, 'golden', file), 'utf8')) as Recorded;
    const ui = parseJson(readFileSync(join(source, 'ui', file), 'utf8'));
    return [{ ...answer, name: file.replace(/\.json$/, ''), ui }];
  });
  const text = gunzipSync(readFileSync(join(source, 'object_info.json.gz'))).toString('utf8');
  return { files, schemaOf: recordedSchema(text) };
}

export const convert = (ui: unknown, schemaOf: SchemaOf): ConvertedWorkflow =>
  convertUiWorkflow(ui, schemaOf);

/** One line for each place where a graph is not the editor's. Titles, which the editor translates, do not count. */
export function differences(graph: ConvertedGraph, api: NonNullable<Recorded['api']>): string[] {
  const ids = new Set([...Object.keys(graph), ...Object.keys(api)]);
  return [...ids].flatMap((id) => {
    const [ours, theirs] = [graph[id], api[id]];
    if (ours === undefined || theirs === undefined)
      return [`${id}: ${ours ? 'only ours' : 'only the editor’s'}`];
    if (ours.class_type !== theirs.class_type) return [`${id}: ${ours.class_type}, not ${theirs.class_type}`];
    const names = new Set([...Object.keys(ours.inputs), ...Object.keys(theirs.inputs)]);
    return [...names].flatMap((name) => {
      const [left, right] = [canonical(toPlain(ours.inputs[name])), canonical(theirs.inputs[name])];
      return left === right ? [] : [`${id} ${ours.class_type}.${name}: ${left}, not ${right}`];
    });
  });
}

function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, item: unknown) =>
      typeof item === 'object' && item !== null && !Array.isArray(item)
        ? Object.fromEntries(Object.entries(item).toSorted(([left], [right]) => (left < right ? -1 : 1)))
        : item,
    ) ?? 'nothing'
  );
}
