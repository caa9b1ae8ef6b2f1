/** The results of a finished run, unless somebody does not want them any more, and what they make of the attempt. */
import { untilAborted } from '../../../../platform/lifecycle/index.js';
import type { Settled } from '../../../comfyui/index.js';
import type { OpenAttempt } from '../../../jobs/index.js';
import { close, type Closing } from '../../domain/step.js';
import type { Collected } from './collector.js';
import type { RunDependencies } from '../run-dependencies.js';

/** Throws when the replica stops, and when the fault is ours. */
export async function fetchResults(
  { collector, monitor }: Pick<RunDependencies, 'collector' | 'monitor'>,
  attempt: OpenAttempt,
  settled: Settled,
  { stopping, cancelling }: { stopping: AbortSignal; cancelling: AbortSignal },
): Promise<Collected | 'cancelled'> {
  if (attempt.cancelRequested) return 'cancelled';
  const signal = AbortSignal.any([stopping, cancelling]);
  try {
    return await untilAborted(collector.collect(monitor.client, settled, attempt, signal), signal);
  } catch (error) {
    if (cancelling.aborted && !stopping.aborted) return 'cancelled';
    throw error;
  }
}

export function closingOf(
  collected: Exclude<Collected, { kind: 'failed' }>,
): Closing & { rerunMakesAnew?: boolean } {
  if (collected.kind === 'collected') return close('ok', '');
  const { message, code, isOfEarlierRun } = collected;
  return { ...close('bad_output', message, code), rerunMakesAnew: isOfEarlierRun };
}
