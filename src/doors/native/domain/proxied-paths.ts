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

export type Verdict = 'pass' | 'not_found' | 'forbidden';

/** `path` is as sent, without its query. `allowed` are prefixes that an operator opened. */
export function judgePath(method: string, path: string, allowed: readonly string[]): Verdict {
  const plain = decodePercent(path);
  if (
    !plain?.startsWith('/') ||
    plain.includes('\\') ||
    plain.includes('\0') ||
    /(^|\/)\.\.?(\/|$)/.test(plain)
  )
    return 'not_found';
  if (allowed.some((prefix) => plain === prefix || plain.startsWith(`${prefix.replace(/\/$/, '')}/`)))
    return 'pass';
  // What a node makes of doubled slashes and prefixes is not for us to guess.
  if (plain.includes('//')) return 'not_found';
  const first = (plain.replace(/^\/(api\/)?/, '').split('/')[0] ?? '').toLowerCase();
  if (method !== 'GET' && method !== 'HEAD') return 'forbidden';
  if (closed.has(first)) return 'forbidden';
  return ours.has(first) ? 'not_found' : 'pass';
}
