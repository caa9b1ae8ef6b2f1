import { close, type Closing } from './step.js';

/** How long a closed port may stay closed before the process behind it counts as gone. */
const refusedGraceMs = 10_000;

/**
 * When a node that runs our work has been silent for too long. A refused connection proves that the process which held
 * the run is gone, so it is waited for only as long as a restart of the network in front of it may take; silence proves
 * nothing, and is waited for as long as the operator allows. Where somebody who knows says that the process has ended, a
 * closed port is proof enough: if another process had taken the work since, its port would be open.
 */
export class Unreachable {
  private sinceMs: number | undefined;
  private refusedSinceMs: number | undefined;

  constructor(private readonly graceMs: number) {}

  answered(): void {
    this.sinceMs = undefined;
    this.refusedSinceMs = undefined;
  }

  /** A read that began at `beganMs` has failed: the silence is as old as the first such read. */
  failed(refused: boolean, beganMs: number, nowMs: number, processEnded = false): 'wait' | { forMs: number } {
    this.sinceMs ??= beganMs;
    this.refusedSinceMs = refused ? (this.refusedSinceMs ?? nowMs) : undefined;
    const refusedForMs = this.refusedSinceMs === undefined ? 0 : nowMs - this.refusedSinceMs;
    const forMs = nowMs - this.sinceMs;
    return (refused && processEnded) ||
      forMs >= this.graceMs ||
      refusedForMs >= Math.min(refusedGraceMs, this.graceMs)
      ? { forMs }
      : 'wait';
  }
}

/** `isProcessGone`: the source of the node knows that the process which ran it has ended. */
export function closingOfUnreachable(
  message: string,
  { wasCollecting, isProcessGone, forMs }: { wasCollecting: boolean; isProcessGone: boolean; forMs: number },
): Closing {
  return close(
    wasCollecting ? 'collect_error' : 'node_lost',
    isProcessGone
      ? 'the process that ran it has ended, as the source of the node tells'
      : `the node could not be reached for ${Math.round(forMs / 1000)} s: ${message}`,
    isProcessGone ? 'process_ended' : 'unreachable',
  );
}
