import { describe, expect, it } from 'vitest';
import { dispositionOf, type RetryFacts } from './retry.js';

const fresh: RetryFacts = {
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
};

describe('what becomes of a job after an attempt', () => {
  it('a success ends it, even when a cancel was asked for too late', () => {
    expect(dispositionOf('ok', { ...fresh, cancelRequested: true })).toEqual({ kind: 'succeed' });
  });

  it('a cancel asked for wins over every other ending', () => {
    for (const outcome of ['node_lost', 'job_error', 'interrupted', 'not_sent'] as const)
      expect(dispositionOf(outcome, { ...fresh, cancelRequested: true })).toEqual({ kind: 'cancel' });
  });

  it('an invalid graph is never tried again', () => {
    expect(dispositionOf('invalid', fresh)).toEqual({ kind: 'fail', quarantine: false });
  });

  it('the workflow’s own error fails at once on a sound node, and is tried once elsewhere from a suspect one', () => {
    expect(dispositionOf('job_error', fresh).kind).toBe('fail');
    expect(dispositionOf('job_error', { ...fresh, nodeSuspect: true })).toMatchObject({
      kind: 'retry',
      charge: 'job',
    });
    expect(dispositionOf('job_error', { ...fresh, nodeSuspect: true, attemptsJob: 1 }).kind).toBe('fail');
  });

  it('out of memory is tried twice more, on the job’s own budget', () => {
    expect(dispositionOf('oom', { ...fresh, attemptsJob: 1 })).toMatchObject({
      kind: 'retry',
      charge: 'job',
      avoidNode: true,
    });
    expect(dispositionOf('oom', { ...fresh, attemptsJob: 2 }).kind).toBe('fail');
  });

  it('a second failure on the same node while the others are away waits for them, longer each time, on no budget of the job’s', () => {
    const away = { ...fresh, othersAway: true, attemptsJob: 2 };
    for (const outcome of [
      'oom',
      'node_fault',
      'interrupted',
      'collect_error',
      'not_sent',
      'not_arrived',
    ] as const) {
      const retry = { kind: 'retry', charge: 'infra', avoidNode: true };
      expect(dispositionOf(outcome, away)).toEqual({ ...retry, delayMs: 5000 });
      expect(dispositionOf(outcome, { ...away, attemptsInfra: 4 })).toEqual({ ...retry, delayMs: 80_000 });
      expect(dispositionOf(outcome, { ...away, attemptsInfra: 5 }).kind).toBe('fail');
      expect(dispositionOf(outcome, { ...away, cancelRequested: true }).kind).toBe('cancel');
    }
    expect(dispositionOf('job_error', { ...away, nodeSuspect: true })).toMatchObject({ delayMs: 5000 });
    expect(dispositionOf('job_error', away).kind).toBe('fail');
    expect(dispositionOf('invalid', away).kind).toBe('fail');
  });

  it('a node that is lost before it ran the job costs a growing delay, on the budget of the infrastructure', () => {
    expect(dispositionOf('node_lost', { ...fresh, attemptsInfra: 2 })).toMatchObject({
      charge: 'infra',
      delayMs: 20_000,
    });
    expect(dispositionOf('node_lost', { ...fresh, attemptsInfra: 5, runsLost: 3 }).kind).toBe('fail');
  });

  it('a run that is lost with its node counts on a bound of its own; the fourth makes the job poison, and its kind where the nodes were several', () => {
    const lost = { ...fresh, isRunLost: true, attemptsInfra: 5, nodesLostWhileRunning: 2 };
    const retry = { kind: 'retry', charge: 'none', avoidNode: true };
    expect(dispositionOf('node_lost', lost)).toEqual({ ...retry, delayMs: 5000 });
    expect(dispositionOf('node_lost', { ...lost, runsLost: 2 })).toEqual({ ...retry, delayMs: 20_000 });
    expect(dispositionOf('node_lost', { ...lost, runsLost: 3 })).toEqual({ kind: 'fail', quarantine: true });
    expect(dispositionOf('node_lost', { ...lost, runsLost: 3, nodesLostWhileRunning: 1 })).toEqual({
      kind: 'fail',
      quarantine: false,
    });
  });

  it('results that the node cannot hand out are no reason to run again, but once where they were remembered from an earlier run', () => {
    expect(dispositionOf('bad_output', fresh)).toEqual({ kind: 'fail', quarantine: false });
    const remembered = { ...fresh, rerunMakesAnew: true };
    expect(dispositionOf('bad_output', remembered)).toMatchObject({ kind: 'retry', charge: 'job' });
    expect(dispositionOf('bad_output', { ...remembered, attemptsJob: 1 }).kind).toBe('fail');
    expect(dispositionOf('bad_output', { ...remembered, cancelRequested: true }).kind).toBe('cancel');
  });

  it('faults of the infrastructure are bounded', () => {
    for (const outcome of [
      'not_sent',
      'not_arrived',
      'withdrawn',
      'node_fault',
      'interrupted',
      'collect_error',
      'node_lost',
    ] as const) {
      expect(dispositionOf(outcome, { ...fresh, attemptsInfra: 4 }).kind).toBe('retry');
      expect(dispositionOf(outcome, { ...fresh, attemptsInfra: 5 }).kind).toBe('fail');
    }
  });

  it('a missing dependency moves on to other nodes, three at most', () => {
    expect(dispositionOf('missing_dep', { ...fresh, nodesMissingDependency: 2 }).kind).toBe('retry');
    expect(dispositionOf('missing_dep', { ...fresh, nodesMissingDependency: 3 }).kind).toBe('fail');
  });

  it('what is gone from a node is waited for, however often', () => {
    const gone = { ...fresh, dependencyGone: true, nodesMissingDependency: 9, attemptsInfra: 9 };
    expect(dispositionOf('missing_dep', gone)).toEqual({
      kind: 'retry',
      charge: 'none',
      delayMs: 0,
      avoidNode: false,
    });
  });

  it('a run that was too long gets one more chance', () => {
    expect(dispositionOf('timeout', fresh).kind).toBe('retry');
    expect(dispositionOf('timeout', { ...fresh, timeouts: 1 }).kind).toBe('fail');
  });
});
