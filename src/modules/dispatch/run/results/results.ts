/** The results of a finished run, unless somebody does not want them any more. */
import { untilAborted } from '../../../../platform/lifecycle/index.js';
import type { Settled } from '../../../comfyui/index.js';
import type { OpenAttempt } from '../../../jobs/index.js';
import type { Collected } from './collector.js';
import type { RunDependencies } from '../run-dependencies.js';

/**
 * A success stands when its results are here soon after somebody asked for an end; what takes longer is given up, since nobody
 * wants it any more.
 */
const cancelGraceMs = 5_000;

/** Throws when the replica stops, and when the fault is ours. */
export async function fetchResults(
  { collector, node }: Pick<RunDependencies, 'collector' | 'node'>,
  attempt: OpenAttempt,
  settled: Settled,
  { stopping, cancelling }: { stopping: AbortSignal; cancelling: AbortSignal },
): Promise<Collected | { kind: 'cancelled' }> {
  const unwanted = new AbortController();
  const giveUpSoon = (): void => void setTimeout(() => unwanted.abort(), cancelGraceMs).unref();
  if (attempt.cancelRequested || cancelling.aborted) giveUpSoon();
  else cancelling.addEventListener('abort', giveUpSoon, { once: true });
  const signal = AbortSignal.any([stopping, unwanted.signal]);
  try {
    const collected = await untilAborted(
      collector.collect(node.monitor.client, settled, attempt, signal),
      signal,
    );
    // Pictures that are sent as events only are results too: whoever hears of the end must have them.
    await untilAborted(node.eventsTold(attempt.promptId), signal);
    return collected;
  } catch (error) {
    if (unwanted.signal.aborted && !stopping.aborted) return { kind: 'cancelled' };
    throw error;
  } finally {
    cancelling.removeEventListener('abort', giveUpSoon);
  }
}
