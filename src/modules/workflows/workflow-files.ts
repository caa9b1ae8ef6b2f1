/**
 * Reads a folder of workflows: each is `<name>.json`, a graph in ComfyUI's API format, with `<name>.manifest.json`
 * beside it. All or nothing: one broken file refuses the folder, and every fault is told at once. Bounded: 500
 * workflows, 4 MiB a file. Other files are ignored.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson } from '../comfyui/index.js';
import { checkWorkflow, type WorkflowDefinition, type WorkflowFault } from './domain/index.js';

const workflowsMax = 500;
const fileBytesMax = 4 * 1024 * 1024;
const manifestSuffix = '.manifest.json';

/** `message` holds one line a fault. */
export class WorkflowFilesError extends Error {
  override readonly name = 'WorkflowFilesError';

  constructor(
    readonly directory: string,
    readonly faults: readonly WorkflowFault[],
  ) {
    super(
      `The workflows in ${directory} cannot be used:\n${faults.map((fault) => `  ${lineOf(fault)}`).join('\n')}`,
    );
  }
}

/** Sorted by name. Throws WorkflowFilesError. */
export async function readWorkflows(directory: string): Promise<WorkflowDefinition[]> {
  const names = await workflowNames(directory);
  const definitions: WorkflowDefinition[] = [];
  const faults: WorkflowFault[] = [];
  for (const name of names) {
    const checked = await readWorkflow(directory, name);
    if (Array.isArray(checked)) faults.push(...checked);
    else definitions.push(checked);
  }
  if (faults.length > 0) throw new WorkflowFilesError(directory, faults);
  return definitions;
}

/** Changes whenever a file of the folder does; the same text for a folder that cannot be read. */
export async function folderState(directory: string): Promise<string> {
  const files = await readdir(directory).catch(() => []);
  const json = files.filter((file) => file.endsWith('.json')).toSorted();
  const states = json.map(async (file) => {
    const found = await stat(join(directory, file)).catch(() => undefined);
    return `${file} ${found?.size} ${found?.mtimeMs}`;
  });
  return (await Promise.all(states)).join('\n');
}

async function workflowNames(directory: string): Promise<string[]> {
  const files = await readdir(directory).catch((cause: unknown) => {
    throw new WorkflowFilesError(directory, [
      { file: directory, message: `cannot be read: ${reasonOf(cause)}` },
    ]);
  });
  const names = files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -(file.endsWith(manifestSuffix) ? manifestSuffix : '.json').length));
  const distinct = [...new Set(names)].toSorted();
  if (distinct.length <= workflowsMax) return distinct;
  throw new WorkflowFilesError(directory, [
    { file: directory, message: `holds ${distinct.length} workflows; at most ${workflowsMax} are served` },
  ]);
}

async function readWorkflow(directory: string, name: string): Promise<WorkflowDefinition | WorkflowFault[]> {
  const manifest = await readJsonFile(directory, `${name}${manifestSuffix}`);
  const graph = await readJsonFile(directory, `${name}.json`);
  if (!manifest.ok || !graph.ok) return [manifest, graph].flatMap((file) => (file.ok ? [] : [file.fault]));
  const checked = checkWorkflow({ name, manifest: manifest.plain, graph: graph.exact });
  return checked.ok ? checked.definition : checked.faults;
}

/** A graph keeps every digit of its numbers; a manifest is ordinary JSON. */
type JsonFile = { ok: true; plain: unknown; exact: unknown } | { ok: false; fault: WorkflowFault };

async function readJsonFile(directory: string, file: string): Promise<JsonFile> {
  try {
    const path = join(directory, file);
    const { size } = await stat(path);
    if (size > fileBytesMax) return { ok: false, fault: { file, message: `is over ${fileBytesMax} bytes` } };
    const text = await readFile(path, 'utf8');
    return { ok: true, plain: JSON.parse(text), exact: parseJson(text) };
  } catch (cause) {
    return { ok: false, fault: { file, message: `cannot be read: ${reasonOf(cause)}` } };
  }
}

function reasonOf(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return 'there is no such file';
  return cause instanceof Error ? cause.message : String(cause);
}

function lineOf({ file, node, field, message }: WorkflowFault): string {
  const place = [file, node === undefined ? [] : `node ${node}`, field === undefined ? [] : `field ${field}`];
  return `${place.flat().join(', ')}: ${message}`;
}
