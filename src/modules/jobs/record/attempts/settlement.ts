/** What is written of an attempt that ends. */
import { storedMsOrNull } from '../bounds.js';
import type { Disposition } from '../../domain/retry.js';
import type { JobState } from '../../domain/states.js';
import type { Settlement } from './attempt-writers.js';
import type { Ending, OpenAttempt, RunRecord } from './attempts.records.js';

export function settlementOf(attempt: OpenAttempt, ending: Ending): Settlement {
  const { disposition, error, outcome, outputs, run, runMs = null } = ending;
  return {
    prompt_id: attempt.promptId,
    ver: attempt.ver,
    owner: attempt.owner,
    outcome,
    error,
    next_state: nextState(disposition),
    ...retryColumns(disposition, attempt.nodeId),
    quarantine: disposition.kind === 'fail' && disposition.quarantine ? (error?.message ?? 'poison') : null,
    outputs,
    gpu_ms: storedMsOrNull(runMs),
    ...runColumns(run),
  };
}

function retryColumns(
  disposition: Disposition,
  nodeId: string,
): Pick<Settlement, 'pause_ms' | 'add_job' | 'add_infra' | 'avoid'> {
  if (disposition.kind !== 'retry') return { pause_ms: null, add_job: 0, add_infra: 0, avoid: [] };
  const { charge, delayMs, avoidNode } = disposition;
  return {
    pause_ms: delayMs > 0 ? delayMs : null,
    add_job: charge === 'job' ? 1 : 0,
    add_infra: charge === 'infra' ? 1 : 0,
    avoid: avoidNode ? [nodeId] : [],
  };
}

export const runColumns = (
  run: RunRecord | null,
): Pick<
  Settlement,
  'run_outputs' | 'run_messages' | 'run_meta' | 'run_started_at_ms' | 'run_ended_at_ms'
> => ({
  run_outputs: run?.outputs ?? null,
  run_messages: run?.messages ?? null,
  run_meta: run?.meta ?? null,
  run_started_at_ms: run?.startedAtMs ?? null,
  run_ended_at_ms: run?.endedAtMs ?? null,
});

const nextState = (disposition: Disposition): JobState => {
  switch (disposition.kind) {
    case 'succeed':
      return 'succeeded';
    case 'cancel':
      return 'cancelled';
    case 'fail':
      return 'failed';
    case 'retry':
      return disposition.delayMs > 0 ? 'delayed' : 'queued';
  }
};
