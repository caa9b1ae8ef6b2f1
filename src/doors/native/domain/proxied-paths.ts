/**
 * Which requests that we do not answer ourselves may reach a node. Reading what packs and the web UI bring along may;
 * whatever tells of the node's own queue and files, starts something there or changes it may not.
 */
import { decodePercent } from '../../../platform/outside-text/index.js';

const ours = new Set([
  'prompt',
  'queue',
  'interrupt',
  'history',
  'jobs',
  'view',
  'upload',
  'ws',
  'object_info',
  'models',
  'embeddings',
  'system_stats',
  'features',
  'settings',
  'users',
  'userdata',
  'free',
  'experiment',
  'v2',
]);
const closed = new Set([
  'internal',
  'manager',
  'customnode',
  'comfyui_manager',
  'externalmodel',
  'snapshot',
  'vhs',
  'viewvideo',
  'viewaudio',
  'getpath',
  'queryvideo',
  'api',
]);

/** `everywhere`: what a later run reads, on whichever node it will be. */
export type Verdict = 'pass' | 'everywhere' | 'not_found' | 'forbidden';

/** Where packs take pictures for runs to come, by ids of their clients: those of krita. */
const picturesOfRuns = /^\/(?:api\/)?etn\/image\/[\w.-]{1,200}$/;

/** `path` is as sent, without its query. `allowed` are prefixes that an operator opened. */
export function judgePath(method: string, path: string, allowed: readonly string[]): Verdict {
  const plain = decodePercent(path);
  if (plain === undefined || !isAbsolutePath(plain)) return 'not_found';
  if (allowed.some((prefix) => plain === prefix || plain.startsWith(`${prefix.replace(/\/$/, '')}/`)))
    return 'pass';
  // What a node makes of doubled slashes and prefixes is not for us to guess.
  if (plain.includes('//')) return 'not_found';
  if (method === 'PUT' && picturesOfRuns.test(plain)) return 'everywhere';
  if (method !== 'GET' && method !== 'HEAD') return 'forbidden';
  return judgeReading(plain);
}

/** From the top, without a step to where it stands or up. */
const isAbsolutePath = (path: string): boolean =>
  path.startsWith('/') && !/[\\\0]/.test(path) && !/(^|\/)\.\.?(\/|$)/.test(path);

function judgeReading(path: string): Verdict {
  const first = (path.replace(/^\/(api\/)?/, '').split('/')[0] ?? '').toLowerCase();
  if (closed.has(first)) return 'forbidden';
  return ours.has(first) ? 'not_found' : 'pass';
}
