import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Disposition, dispositionOf, type RetryFacts } from './retry.js';
import {
  attemptMoves,
  type AttemptOutcome,
  attemptOutcomes,
  type AttemptState,
  attemptStates,
  isTerminal,
  jobMoves,
  type JobState,
  jobStates,
  lateOutcomes,
  occupiesSlot,
} from './states.js';

const lossyOutcomes = attemptOutcomes.filter((outcome) => outcome !== 'ok');
const facts: fc.Arbitrary<RetryFacts> = fc.record({
  attemptsJob: fc.nat(4),
  attemptsInfra: fc.nat(7),
  isRunLost: fc.boolean(),
  runsLost: fc.nat(4),
  nodesLostWhileRunning: fc.nat(3),
  nodesMissingDependency: fc.nat(4),
  nodeSuspect: fc.boolean(),
  cancelRequested: fc.boolean(),
  timeouts: fc.nat(2),
  withdrawRequested: fc.boolean(),
  rerunMakesAnew: fc.boolean(),
  dependencyGone: fc.boolean(),
  othersAway: fc.boolean(),
});

/** Where a disposition sends an active job, as settling does. */
function stateAfter(disposition: Disposition): JobState {
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
}

describe('the states of a job', () => {
  it('that are terminal are never left, and every other one can reach one of them (I7, I8)', () => {
    const canEnd = (state: JobState, seen: readonly JobState[] = []): boolean =>
      isTerminal(state) ||
      jobMoves[state].some((next) => !seen.includes(next) && canEnd(next, [...seen, state]));
    for (const state of jobStates) expect(canEnd(state), state).toBe(true);
    expect(jobStates.filter(isTerminal)).toEqual(['succeeded', 'failed', 'cancelled', 'expired']);
  });

  it('let a job be active only from the queue, and fail only after a run; one that waits succeeds by a late success (I3, I6)', () => {
    const before = (wanted: JobState): JobState[] =>
      jobStates.filter((state) => jobMoves[state].includes(wanted));
    expect(before('active')).toEqual(['queued']);
    expect(before('succeeded')).toEqual(['queued', 'delayed', 'active']);
    expect(before('failed')).toEqual(['active']);
  });
});

describe('the states of an attempt', () => {
  const moves = attemptStates.flatMap((from) => attemptMoves[from].map((to) => ({ from, to })));

  it('only ever go forward, and every one may be closed; a closed one never opens again (I2)', () => {
    const rank = (state: AttemptState): number => attemptStates.indexOf(state);
    const open = moves.filter(({ from }) => from !== 'closed');
    for (const { from, to } of open) expect(rank(to)).toBeGreaterThan(rank(from));
    expect(moves.filter(({ to }) => to === 'closed').map(({ from }) => from)).toEqual([...attemptStates]);
    expect(attemptMoves.closed).toEqual(['closed']);
  });

  it('let an attempt succeed late only when its job was to be tried again', () => {
    for (const outcome of lateOutcomes) {
      const disposition = dispositionOf(outcome, {
        attemptsJob: 0,
        attemptsInfra: 0,
        isRunLost: false,
        runsLost: 0,
        nodesLostWhileRunning: 0,
        nodesMissingDependency: 0,
        nodeSuspect: false,
        cancelRequested: false,
        timeouts: 0,
        withdrawRequested: false,
        rerunMakesAnew: false,
        dependencyGone: false,
        othersAway: false,
      });
      expect(disposition).toMatchObject({ kind: 'retry', charge: 'infra' });
    }
  });

  it('hold a slot exactly while a prompt of theirs may be at the node (I4)', () => {
    expect(attemptStates.filter(occupiesSlot)).toEqual(['intent', 'sending', 'accepted', 'running']);
  });

  it('commit `sending` before anything can be at the node', () => {
    expect(attemptMoves.intent).toEqual(['sending', 'closed']);
    expect(moves.filter(({ to }) => to === 'sending')).toEqual([{ from: 'intent', to: 'sending' }]);
  });
});

describe('what becomes of a job after an attempt', () => {
  it('is a lawful move of an active job, whatever happened (I2)', () => {
    fc.assert(
      fc.property(fc.constantFrom(...attemptOutcomes), facts, (outcome, known) => {
        expect(jobMoves.active).toContain(stateAfter(dispositionOf(outcome, known)));
      }),
    );
  });

  it('is success exactly after a success (I6)', () => {
    fc.assert(
      fc.property(fc.constantFrom(...attemptOutcomes), facts, (outcome, known) => {
        expect(dispositionOf(outcome, known).kind === 'succeed').toBe(outcome === 'ok');
      }),
    );
  });

  it('is never another try once its end was asked for (I7)', () => {
    fc.assert(
      fc.property(fc.constantFrom(...lossyOutcomes), facts, (outcome, known) => {
        expect(dispositionOf(outcome, { ...known, cancelRequested: true }).kind).toBe('cancel');
      }),
    );
  });

  it('ends after a bounded number of tries, whatever the nodes do: runs ≤ 1 + 5 + 2 + 3 (I5, I8)', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            outcome: fc.constantFrom(...lossyOutcomes),
            nodeSuspect: fc.boolean(),
            ran: fc.boolean(),
          }),
          { minLength: 12, maxLength: 12 },
        ),
        (fates) => {
          expect(triesOf(fates)).toBeLessThanOrEqual(1 + 5 + 2 + 3);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('is charged to one budget at a time, and a node’s fault never to the job’s own', () => {
    const nodesFaults = new Set<AttemptOutcome>([
      'node_lost',
      'node_fault',
      'not_arrived',
      'not_sent',
      'interrupted',
      'timeout',
      'collect_error',
      'withdrawn',
      'missing_dep',
    ]);
    fc.assert(
      fc.property(fc.constantFrom(...lossyOutcomes), facts, (outcome, known) => {
        const disposition = dispositionOf(outcome, known);
        fc.pre(disposition.kind === 'retry');
        const wasTakenBack = outcome === 'withdrawn' && known.withdrawRequested;
        const isWaitedFor = outcome === 'missing_dep' && known.dependencyGone;
        // The one node that was left: what it lacks is not the job's.
        const isNodes = nodesFaults.has(outcome) || known.othersAway;
        const hasOwnBound = outcome === 'node_lost' && known.isRunLost;
        const charge =
          wasTakenBack || isWaitedFor || hasOwnBound
            ? 'none'
            : isNodes && outcome !== 'bad_output'
              ? 'infra'
              : 'job';
        expect(disposition).toMatchObject({ charge });
      }),
    );
  });
});

/** Tries of a job whose attempts end this way, each on a node of its own, kept in the record as the store does. */
function triesOf(fates: readonly { outcome: AttemptOutcome; nodeSuspect: boolean; ran: boolean }[]): number {
  let known: RetryFacts = {
    attemptsJob: 0,
    attemptsInfra: 0,
    isRunLost: false,
    runsLost: 0,
    nodesLostWhileRunning: 0,
    nodesMissingDependency: 0,
    nodeSuspect: false,
    cancelRequested: false,
    timeouts: 0,
    withdrawRequested: false,
    rerunMakesAnew: true,
    dependencyGone: false,
    othersAway: false,
  };
  for (const [index, { outcome, nodeSuspect, ran }] of fates.entries()) {
    const isRunLost = outcome === 'node_lost' && ran;
    const disposition = dispositionOf(outcome, {
      ...known,
      nodeSuspect,
      isRunLost,
      nodesLostWhileRunning: known.nodesLostWhileRunning + Number(isRunLost),
      nodesMissingDependency: known.nodesMissingDependency + Number(outcome === 'missing_dep'),
    });
    if (disposition.kind !== 'retry') return index + 1;
    known = {
      ...known,
      attemptsJob: known.attemptsJob + Number(disposition.charge === 'job'),
      attemptsInfra: known.attemptsInfra + Number(disposition.charge === 'infra'),
      runsLost: known.runsLost + Number(isRunLost),
      nodesLostWhileRunning: known.nodesLostWhileRunning + Number(isRunLost),
      nodesMissingDependency: known.nodesMissingDependency + Number(outcome === 'missing_dep'),
      timeouts: known.timeouts + Number(outcome === 'timeout'),
    };
  }
  return fates.length;
}
