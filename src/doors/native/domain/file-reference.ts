/** How ComfyUI names files: in `/view`, and in the values of LoadImage and its like. */
import type { LinkedFile } from '../../../modules/access/index.js';
import { readSubfolder } from './public-outputs.js';

export type FolderType = 'input' | 'output' | 'temp';

export interface FileReference {
  filename: string;
  subfolder: string;
  type: FolderType;
  /** The job that made it, where the subfolder tells. */
  jobId?: string;
}

const isFolderType = (type: string): type is FolderType =>
  type === 'input' || type === 'output' || type === 'temp';

/** `a.png [temp]` → the name and the folder that it overrides. */
export function splitAnnotation(value: string): { name: string; type?: FolderType } {
  const match = /^(.*) \[(input|output|temp)\]$/s.exec(value);
  return match === null ? { name: value } : { name: match[1] ?? '', type: match[2] as FolderType };
}

const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);

/** The file a `/view` query means, or the status that refuses it. */
export function readViewQuery(query: Record<string, unknown>): FileReference | 400 | 403 | 404 {
  const sent = query.filename;
  if (typeof sent !== 'string') return 404;
  const { name, type: annotated } = splitAnnotation(sent);
  if (name === '' || name.startsWith('/') || /\.\.|\0/.test(name)) return 400;
  const type = annotated ?? textOr(query.type, 'output');
  if (!isFolderType(type)) return 400;
  const folder = cleanFolder(textOr(query.subfolder, ''));
  if (folder === undefined) return 403;
  // Only the last part of the name counts: folders go in `subfolder`.
  const filename = name.replaceAll('\\', '/').split('/').at(-1) ?? '';
  return filename === '' ? 404 : { filename, type, ...readSubfolder(folder) };
}

/** What a link to a result means here: the very file that `readViewQuery` reads, of the job that its subfolder names. */
export function linkedFileOf(query: Record<string, unknown>): LinkedFile | undefined {
  const file = readViewQuery(query);
  if (typeof file === 'number' || file.jobId === undefined) return undefined;
  return { door: 'native', ...file, jobId: file.jobId };
}

/** A subfolder without empty and `.` parts; undefined when it leads out of its folder. */
export function cleanFolder(subfolder: string): string | undefined {
  const slashed = subfolder.replaceAll('\\', '/');
  if (slashed.startsWith('/') || /^[a-z]:/i.test(slashed) || slashed.includes('\0')) return undefined;
  const parts = slashed.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? undefined : parts.join('/');
}

/** The value of an input that names a file: `name`, `subfolder/name`, with or without ` [output]`. */
export function readFileValue(value: string): FileReference | undefined {
  const { name, type = 'input' } = splitAnnotation(value);
  const path = cleanFolder(name);
  if (path === undefined || path === '') return undefined;
  const slash = path.lastIndexOf('/');
  return { filename: path.slice(slash + 1), type, ...readSubfolder(slash < 0 ? '' : path.slice(0, slash)) };
}

/** Under which name an upload is kept: what LoadImage calls it. */
export function uploadKey({
  filename,
  subfolder,
  type,
}: Pick<FileReference, 'filename' | 'subfolder' | 'type'>): string {
  const path = subfolder === '' ? filename : `${subfolder}/${filename}`;
  return type === 'input' ? path : `${path} [${type}]`;
}

/** `a.png`, `a (1).png`, `a (2).png`, … */
export function numberedName(name: string, index: number): string {
  const { stem, extension } = numberedParts(name);
  return index === 0 ? name : `${stem} (${index})${extension}`;
}

/** What stands before and behind the number. */
export function numberedParts(name: string): { stem: string; extension: string } {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? { stem: name, extension: '' } : { stem: name.slice(0, dot), extension: name.slice(dot) };
}
