/** `-i name=value`, `-i name=@file`, `-i name=https://…` as what the service takes. */
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isSafeNumber, LosslessNumber } from 'lossless-json';
import type { Workflow } from '../api/shapes.js';
import type { Context } from '../context.js';
import { Failure } from '../failure.js';

export interface GivenInput {
  name: string;
  value: string;
}

export function givenInputs(texts: readonly string[]): GivenInput[] {
  return texts.map((text) => {
    const at = text.indexOf('=');
    if (at <= 0)
      throw new Failure(
        'usage',
        `"${text}" sets no input`,
        'write it like -i prompt="a lake" or -i image=@me.png',
      );
    return { name: text.slice(0, at), value: text.slice(at + 1) };
  });
}

/** By the workflow's own schema: what it takes as a number is sent as one, with all its digits. */
export async function workflowInputs(
  context: Context,
  { inputs: schema }: Workflow,
  given: readonly GivenInput[],
): Promise<Record<string, unknown>> {
  const properties = (schema['properties'] ?? {}) as Record<string, { type?: unknown } | undefined>;
  const inputs: Record<string, unknown> = {};
  for (const { name, value } of given) {
    if (!Object.hasOwn(properties, name))
      throw new Failure(
        'usage',
        `the workflow has no input "${name}"`,
        `it has ${Object.keys(properties).join(', ')}`,
      );
    inputs[name] = (await fileIn(context, value)) ?? valueFor(properties[name]?.type, value);
  }
  return inputs;
}

/** In a graph an input is `node.field`. Changes the graph. */
export async function setInGraph(
  context: Context,
  graph: Record<string, unknown>,
  given: readonly GivenInput[],
): Promise<void> {
  for (const { name, value } of given) {
    const at = name.indexOf('.');
    const node = graph[name.slice(0, at)] as { inputs?: Record<string, unknown> } | undefined;
    if (at <= 0 || !node?.inputs)
      throw new Failure(
        'usage',
        `the graph has no input "${name}"`,
        'write it like -i 6.text="a lake", with the id of the graph node',
      );
    const field = name.slice(at + 1);
    const before = node.inputs[field];
    const isText = before === undefined || typeof before === 'string';
    node.inputs[field] = (await fileIn(context, value)) ?? (isText ? value : valueFor(kindOf(before), value));
  }
}

function kindOf(value: unknown): string {
  if (typeof value === 'boolean') return 'boolean';
  return value instanceof LosslessNumber || typeof value === 'number' ? 'number' : 'string';
}

/** Pure. What does not fit is sent as it is: the service says what it wants instead. */
export function valueFor(type: unknown, text: string): unknown {
  const types = new Set([type].flat());
  const isNumber = types.has('integer') || types.has('number');
  if (isNumber && /^-?\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?$/.test(text))
    return isSafeNumber(text) ? Number(text) : new LosslessNumber(text);
  if (types.has('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

async function fileIn(context: Context, value: string): Promise<object | undefined> {
  if (/^https?:\/\//.test(value)) return { url: value };
  return value.startsWith('@') ? { asset: await upload(context, value.slice(1)) } : undefined;
}

async function upload({ api }: Context, path: string): Promise<string> {
  const form = new FormData();
  form.set('file', new Blob([readFile(path)]), basename(path));
  const answer = await api.send('v1/assets', { method: 'POST', body: form });
  return ((await answer.json()) as { asset: string }).asset;
}

export function readFile(path: string): Uint8Array<ArrayBuffer> {
  if (!existsSync(path)) throw new Failure('usage', `there is no file ${path}`);
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new Failure('usage', `${path} cannot be read: ${(error as Error).message}`);
  }
}

export const readText = (path: string): string => Buffer.from(readFile(path)).toString('utf8');
