import { isJsonObject, type Steps, walkSteps } from '../../../modules/comfyui/domain/index.js';
import type { FileReference } from './file-reference.js';

type NodeFile = Omit<FileReference, 'jobId'>;

/** Every result file that a ui dictionary names, however deep, with a video's first frame beside it; the first of very many. */
export function* namedFilesSteps(output: unknown, filesMax: number): Steps<NodeFile[]> {
  const files: NodeFile[] = [];
  yield* walkSteps(output, (found) => {
    if (files.length >= filesMax) return false;
    const named = isJsonObject(found) ? filesOf(found) : [];
    files.push(...named);
    return named.length === 0;
  });
  return files;
}

function filesOf(output: Record<string, unknown>): NodeFile[] {
  const { filename, type, workflow } = output;
  if (typeof filename !== 'string' || (type !== 'output' && type !== 'temp')) return [];
  const subfolder = typeof output.subfolder === 'string' ? output.subfolder.replaceAll('\\', '/') : '';
  const names = typeof workflow === 'string' ? [filename, workflow] : [filename];
  return names.map((name) => ({ filename: name, subfolder, type }));
}
