/**
 * Result files as clients are told them. Every node counts its own files from 00001, so two jobs often make the same
 * name; a client names a file only by `filename`, `subfolder` and `type`, so the job's id goes before the subfolder.
 */
import { isJsonObject, type Steps, walkSteps } from '../../../modules/comfyui/domain/index.js';
import { withoutTrailing } from '../../../platform/outside-text/index.js';

/** Rewrites the subfolder of every file in the ui dictionaries of a run or of one node, in place. */
export function publishSteps(jobId: string, outputs: unknown): Steps<void> {
  return walkSteps(outputs, (found) => {
    if (!isJsonObject(found) || !isFile(found)) return true;
    const subfolder = typeof found.subfolder === 'string' ? found.subfolder.replaceAll('\\', '/') : '';
    found.subfolder = publicSubfolder(jobId, subfolder);
    return false;
  });
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
