import type { AttemptOutcome } from './states.js';

/** What the record tells about a job when one of its attempts has just ended. */
export interface RetryFacts {
  /** Failures charged to the job itself so far, this one not included. */
  attemptsJob: number;
  /** Failures charged to the infrastructure so far, this one not included. */
  attemptsInfra: number;
  /** This one ended with its node, while it ran there. */
  isRunLost: boolean;
  /** Runs that ended so before. */
  runsLost: number;
  /** Distinct nodes that vanished while they ran this job, this one included. */
  nodesLostWhileRunning: number;
  /** Nodes that refused this job for something missing, this one included. */
  nodesMissingDependency: number;
  /** The node is under suspicion (breaker not closed), so that its error may be its own. */
  nodeSuspect: boolean;
  /** Somebody asked for the end of the job. */
  cancelRequested: boolean;
  /** Runs cut off for their length so far, this one not included. */
  timeouts: number;
  /** The scheduler asked for it back before it ran, or its node's owner knew better than to send it. */
  withdrawRequested: boolean;
  /** The files that are gone were made by an earlier run, whose results the node has been asked to forget since. */
  rerunMakesAnew: boolean;
  /** What it needs was on the node when it was placed, and is gone: nobody's failure, and it may come back. */
  dependencyGone: boolean;
  /** The node had failed this job before; those that had not took no work when it was placed, and may be back soon. */
  othersAway: boolean;
}

export type Disposition =
  | { kind: 'succeed' }
  | { kind: 'cancel' }
  | { kind: 'fail'; quarantine: boolean }
  | { kind: 'retry'; charge: 'job' | 'infra' | 'none'; delayMs: number; avoidNode: boolean };

export const infraBudget = 5;
const jobErrorBudget = 1;
const oomBudget = 2;
const badOutputBudget = 1;
const nodesWithoutDependencyMax = 3;
/** Of one job. More than bad luck: where one run in seven loses its node, as in the chaos runs, one job in three thousand loses four. */
export const runsLostMax = 4;

const fail: Disposition = { kind: 'fail', quarantine: false };
const retryUncharged: Disposition = { kind: 'retry', charge: 'none', delayMs: 0, avoidNode: false };
const retryJob = (facts: RetryFacts, budget: number): Disposition =>
  facts.attemptsJob < budget ? { kind: 'retry', charge: 'job', delayMs: 0, avoidNode: true } : fail;
const retryInfra = (facts: RetryFacts, delayMs: number): Disposition =>
  facts.attemptsInfra >= infraBudget ? fail : { kind: 'retry', charge: 'infra', delayMs, avoidNode: true };
const backoffMs = (attempts: number): number => 5000 * 2 ** Math.min(attempts, 5);

/**
 * What becomes of a job after an attempt: the table of failures as a function. Faults of a node never use up the job's
 * own budget; a job that loses its node in four runs is poison, and where that were several nodes its class is quarantined. Where the one node that is left fails a job
 * again, the job waits longer each time for the others.
 */
export function dispositionOf(outcome: AttemptOutcome, facts: RetryFacts): Disposition {
  if (outcome === 'ok') return { kind: 'succeed' };
  if (facts.cancelRequested || outcome === 'cancelled') return { kind: 'cancel' };
  if (facts.othersAway && isForAnother(outcome, facts))
    return retryInfra(facts, backoffMs(facts.attemptsInfra));
  switch (outcome) {
    case 'invalid':
      return fail;
    case 'job_error':
      return facts.nodeSuspect ? retryJob(facts, jobErrorBudget) : fail;
    case 'oom':
      return retryJob(facts, oomBudget);
    case 'bad_output':
      return facts.rerunMakesAnew ? retryJob(facts, badOutputBudget) : fail;
    case 'missing_dep':
      return afterMissing(facts);
    case 'node_lost':
      return facts.isRunLost ? afterLostRun(facts) : retryInfra(facts, backoffMs(facts.attemptsInfra));
    case 'timeout':
      return facts.timeouts >= 1 ? fail : retryInfra(facts, 0);
    case 'withdrawn':
      return facts.withdrawRequested ? retryUncharged : retryInfra(facts, 0);
    case 'not_sent':
    case 'not_arrived':
    case 'node_fault':
    case 'interrupted':
    case 'collect_error':
      return retryInfra(facts, 0);
  }
}

/** Another node is to try: the same one again proves nothing, and would use up the budget within a second. */
function isForAnother(outcome: AttemptOutcome, { nodeSuspect }: RetryFacts): boolean {
  return forAnother.has(outcome) || (outcome === 'job_error' && nodeSuspect);
}

const forAnother = new Set<AttemptOutcome>([
  'oom',
  'node_fault',
  'interrupted',
  'collect_error',
  'not_sent',
  'not_arrived',
]);

/** On a bound of its own: the node may have died of the job, or the job may have been where nodes die. */
function afterLostRun({ runsLost, nodesLostWhileRunning }: RetryFacts): Disposition {
  if (runsLost + 1 >= runsLostMax) return { kind: 'fail', quarantine: nodesLostWhileRunning > 1 };
  return { kind: 'retry', charge: 'none', delayMs: backoffMs(runsLost), avoidNode: true };
}

function afterMissing(facts: RetryFacts): Disposition {
  if (facts.dependencyGone) return retryUncharged;
  return facts.nodesMissingDependency >= nodesWithoutDependencyMax ? fail : retryInfra(facts, 0);
}
