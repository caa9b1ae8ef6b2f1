import type { Settled } from '../../comfyui/domain/index.js';

/** By the node's clock; null where it does not tell. */
export const runMsOf = ({ startedAtMs, endedAtMs }: Settled): number | null =>
  startedAtMs === undefined || endedAtMs === undefined
    ? null
    : Math.max(1, Math.round(endedAtMs - startedAtMs));
