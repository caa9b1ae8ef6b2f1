import type { Settled } from '../../comfyui/domain/index.js';

/** The record counts in 32 bits. */
const runMsMax = 2 ** 31 - 1;
/** Clocks that run apart, and a run that began before its attempt was seen to begin. */
const slackMs = 60_000;

/**
 * By the node's clock; null where it does not tell. `sentForMs` is how long ago its attempt was made, by no wall clock of ours, which may be minutes behind: no run is longer,
 * whatever its node says, and what is kept here teaches the estimates and is charged to the tenant.
 */
export function runMsOf({ startedAtMs, endedAtMs }: Settled, sentForMs: number): number | null {
  if (startedAtMs === undefined || endedAtMs === undefined) return null;
  const longestMs = Math.min(runMsMax, Math.max(0, sentForMs) + slackMs);
  return Math.min(longestMs, Math.max(1, Math.round(endedAtMs - startedAtMs)));
}
