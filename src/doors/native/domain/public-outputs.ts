/**
 * Result files as clients are told them. Every node counts its own files from 00001, so two jobs often make the same
 * name; a client names a file only by `filename`, `subfolder` and `type`, so the job's id goes before the subfolder.
 */
import { isJsonObject } from '../../../modules/comfyui/domain/index.js';
import { withoutTrailing } from '../../../platform/outside-text/index.js';

/** The ui dictionaries of a run or of one node, with the subfolder of every file rewritten. */
export function publicOutputs(jobId: string, outputs: unknown): unknown {
  if (Array.isArray(outputs)) return outputs.map((item) => publicOutputs(jobId, item));
  if (!isJsonObject(outputs)) return outputs;
  if (!isFile(outputs))
    return Object.fromEntries(
      Object.entries(outputs).map(([key, value]) => [key, publicOutputs(jobId, value)]),
    );
  const subfolder = typeof outputs.subfolder === 'string' ? outputs.subfolder.replaceAll('\\', '/') : '';
  return { ...outputs, subfolder: publicSubfolder(jobId, subfolder) };
}

const isFile = (item: Record<string, unknown>): boolean =>
  typeof item.filename === 'string' && (item.type === 'output' || item.type === 'temp');

export const publicSubfolder = (jobId: string, subfolder: string): string =>
  subfolder === '' ? jobId : `${jobId}/${subfolder}`;

const jobFolder = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:\/(.*))?$/s;

/** The job that a public subfolder names, and the node's own subfolder; no job when it names none. */
export function readSubfolder(subfolder: string): { jobId?: string; subfolder: string } {
  const slashed = withoutTrailing(subfolder.replaceAll('\\', '/'), '/');
  const match = jobFolder.exec(slashed);
  return match?.[1] === undefined ? { subfolder: slashed } : { jobId: match[1], subfolder: match[2] ?? '' };
}
