/** What the registry tells a monitor, and how it words what a poll met with. */
import { ComfyCallError } from '../../comfyui/index.js';
import type { PollFailure } from '../domain/index.js';

export interface NodeSettings {
  id: string;
  url: string;
  weight: number;
  admin: 'active' | 'draining' | 'disabled';
  /** Its source has let go of it: it is drained whatever the operator says. */
  leaving: boolean;
  /** Which process answers there, where its source can tell. */
  incarnation: string | null;
}

export function causeOf(error: unknown): PollFailure {
  if (!(error instanceof ComfyCallError)) return 'error';
  if (error.kind === 'not_sent') return 'refused';
  return error.kind === 'timeout' ? 'timeout' : 'error';
}
