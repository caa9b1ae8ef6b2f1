/** The body of `/v1/jobs/{id}/decision`: what the record keeps of a placement, and what the forecast says of a wait. */
import { z } from 'zod';
import type { AttemptView, JobOutlook, JobView } from '../../../modules/jobs/index.js';
import { etaOf } from '../../kit/index.js';
import type { DecisionBody } from './jobs.schemas.js';

const terms = z.record(z.string(), z.number());
/** As the leader wrote it down. */
const keptSchema = z.object({
  slot: z.number(),
  costS: z.number(),
  terms,
  key: z.number(),
  heldMs: z.number(),
  pinned: z.boolean(),
  runnersUp: z.array(z.object({ nodeId: z.string(), costS: z.number(), terms })),
});

export function decisionOf(
  { id, state }: JobView,
  attempts: readonly AttemptView[],
  outlook: JobOutlook,
): DecisionBody {
  const last = attempts.at(-1);
  return {
    id,
    state,
    placed: state === 'queued' || !last ? null : placedOf(last),
    waiting: waitingOf(outlook),
    queue_position: outlook.queuePosition,
    eta: etaOf(outlook),
  };
}

function placedOf(attempt: AttemptView): DecisionBody['placed'] {
  const kept = keptSchema.safeParse(attempt.decision);
  // Placed by an older version.
  if (!kept.success) return null;
  const { slot, costS, terms: own, key, heldMs, pinned, runnersUp } = kept.data;
  return {
    node_id: attempt.nodeId,
    at: attempt.createdAt.toISOString(),
    attempt: attempt.no,
    cost_s: costS,
    terms: own,
    key,
    behind_another: slot === 1,
    held_s: heldMs / 1000,
    reserved: pinned,
    runners_up: runnersUp.map((node) => ({ node_id: node.nodeId, cost_s: node.costS, terms: node.terms })),
  };
}

function waitingOf({ waitingFor, reason }: JobOutlook): DecisionBody['waiting'] {
  if (waitingFor === null) return null;
  const { kind, ...details } = reason ?? { kind: 'unknown' };
  return { kind, reason: waitingFor, details };
}
