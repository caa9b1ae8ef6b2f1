import type { LinkedFile } from '../../../modules/access/index.js';
import { Fault } from '../../../platform/fault.js';
import { withoutTrailing } from '../../../platform/outside-text/index.js';

export interface ViewedFile {
  filename: string;
  /** With `/`; empty for the top folder. */
  subfolder: string;
  type: string;
  promptId: string | undefined;
}

const types = new Set(['output', 'temp', 'input', 'text']);

/**
 * Reads the query of `/view` with ComfyUI's checks. Faults: `not_found` without a filename, `invalid_request` for a
 * name or type that cannot be, `forbidden` for a folder outside.
 */
export function readViewQuery(query: Record<string, unknown>): ViewedFile {
  const annotated = textOf(query['filename']);
  if (annotated === undefined) throw new Fault('not_found', 'Not Found');
  const { name, type } = withoutAnnotation(annotated);
  // Any other character may be in the name of a result; the header that tells it is safe with each.
  if (name === '' || name.startsWith('/') || /\.\.|\0/.test(name))
    throw new Fault('invalid_request', 'Bad filename');
  const folder = readFolder(textOf(query['subfolder']) ?? '');
  const wanted = type ?? (textOf(query['type']) || 'output');
  if (!types.has(wanted)) throw new Fault('invalid_request', 'Bad type');
  // Folders belong into `subfolder`; ComfyUI drops those before the name.
  const filename = name.slice(name.lastIndexOf('/') + 1);
  return { filename, subfolder: folder, type: wanted, promptId: textOf(query['prompt_id']) || undefined };
}

function readFolder(sent: string): string {
  const folder = withoutTrailing(sent.replaceAll('\\', '/'), '/').replace(/^\.\//, '');
  if (folder.startsWith('/') || folder.split('/').includes('..') || folder.includes('\0'))
    throw new Fault('forbidden', 'Forbidden');
  return folder;
}

/** What a link to a result means: the very file that `readViewQuery` reads. */
export function linkedFileOf(query: Record<string, unknown>): Omit<LinkedFile, 'door'> | undefined {
  try {
    const { promptId: jobId, ...file } = readViewQuery(query);
    return jobId === undefined ? undefined : { jobId, ...file };
  } catch {
    return undefined;
  }
}

/** `name.png [output]` carries its type with it. */
function withoutAnnotation(text: string): { name: string; type: string | undefined } {
  const [, name, type] = /^(.*) \[(output|input|temp)\]$/s.exec(text) ?? [];
  return { name: name ?? text, type };
}

/** Of a repeated parameter the last counts. */
function textOf(value: unknown): string | undefined {
  const last: unknown = Array.isArray(value) ? value.at(-1) : value;
  return typeof last === 'string' ? last : undefined;
}
