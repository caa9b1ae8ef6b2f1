import { isJsonObject } from '../../../modules/comfyui/domain/index.js';
import type { FileReference } from './file-reference.js';

/** Every result file that a ui dictionary names, however deep, with a video's first frame beside it. */
export function namedFiles(output: unknown): Omit<FileReference, 'jobId'>[] {
  if (Array.isArray(output)) return output.flatMap(namedFiles);
  if (!isJsonObject(output)) return [];
  const { filename, type, workflow } = output;
  if (typeof filename !== 'string' || (type !== 'output' && type !== 'temp'))
    return Object.values(output).flatMap(namedFiles);
  const subfolder = typeof output.subfolder === 'string' ? output.subfolder.replaceAll('\\', '/') : '';
  const names = typeof workflow === 'string' ? [filename, workflow] : [filename];
  return names.map((name) => ({ filename: name, subfolder, type }));
}
