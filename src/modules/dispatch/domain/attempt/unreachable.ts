/**
 * When a node that runs our work has been silent for too long. A refused connection proves that the process which held
 * the run is gone, so it is waited for only as long as a restart of the network in front of it may take; silence proves
 * nothing, and is waited for as long as the operator allows. Where somebody who knows says that the process has ended, a
 * closed port is proof enough: if another process had taken the work since, its port would be open.
 */
const refusedGraceMs = 10_000;

/** What is remembered of a node that does not answer; one answer forgives everything. */
export interface Silence {
  sinceMs?: number;
  refusedSinceMs?: number | undefined;
}

/** A read that failed. The silence is as old as the first such read. */
export interface Unanswered {
  refused: boolean;
  beganMs: number;
  nowMs: number;
  processEnded: boolean;
  graceMs: number;
}

/** `forMs` once it has been waited for long enough. */
export function silenceAfter(
  before: Silence,
  { refused, beganMs, nowMs, processEnded, graceMs }: Unanswered,
): { silence: Silence; forMs: number | undefined } {
  const sinceMs = before.sinceMs ?? beganMs;
  const refusedSinceMs = refused ? (before.refusedSinceMs ?? nowMs) : undefined;
  const refusedForMs = refusedSinceMs === undefined ? 0 : nowMs - refusedSinceMs;
  const forMs = nowMs - sinceMs;
  const isOver =
    (refused && processEnded) || forMs >= graceMs || refusedForMs >= Math.min(refusedGraceMs, graceMs);
  return { silence: { sinceMs, refusedSinceMs }, forMs: isOver ? forMs : undefined };
}
