import { describe, expect, it } from 'vitest';
import { createScheduler, decide, type Decision, type QueuedJob, type SchedulerState } from '../index.js';
import { arrivalsPerS } from './arrivals.js';
import { classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';

const nowMs = 1_000;

function busy(windowSize: number) {
  const state = createScheduler({ windowSize });
  decide(state, { kind: 'node', nowMs, node: nodeSpec({ id: 'n' }) });
  decide(state, { kind: 'class', nowMs, class: classSpec({ id: 'a' }) });
  decide(state, { kind: 'heads', nowMs, classId: 'a', jobs: [queuedJob({ id: 'running', classId: 'a' })] });
  return state;
}

/** The first `windowSize` of these, as the feed reads them. */
function tell(state: SchedulerState, all: readonly QueuedJob[], queued?: number): Decision[] {
  const window = all.slice(0, state.options.windowSize);
  return decide(state, {
    kind: 'heads',
    nowMs,
    classId: 'a',
    jobs: window,
    ...(queued !== undefined && { queued }),
  });
}

const jobs = (from: number, to: number): QueuedJob[] =>
  Array.from({ length: to - from }, (_, at) =>
    queuedJob({ id: `j${String(from + at).padStart(4, '0')}`, classId: 'a', effKey: from + at }),
  );

function loads(decisions: readonly Decision[]) {
  return decisions.filter((decision) => decision.kind === 'load-heads');
}

it('memory holds a window of a class, however many wait', () => {
  const state = busy(8);
  for (let count = 1; count <= 1_000; count += 1) tell(state, jobs(0, count), count);
  expect(state.classById.get('a')!.window.length).toBeLessThanOrEqual(16);
  expect(state.classById.get('a')!.queued).toBe(1_000);
});

it('an urgent job enters a full window in its place', () => {
  const state = busy(4);
  tell(state, jobs(10, 100));
  tell(state, [queuedJob({ id: 'urgent', classId: 'a', effKey: -5 }), ...jobs(10, 100)]);
  expect(state.classById.get('a')!.window[0]!.spec.id).toBe('urgent');
});

it('counts what waits from what it is told: what comes, what goes, and now and then all', () => {
  const state = busy(4);
  const { queued } = { queued: () => state.classById.get('a')!.queued };
  tell(state, jobs(0, 3));
  expect(queued()).toBe(3);
  tell(state, jobs(0, 50), 50);
  expect(queued()).toBe(50);
  decide(state, { kind: 'attempt-closed', nowMs, nodeId: 'n', jobId: 'running', outcome: 'ok', runMs: 1 });
  expect(queued()).toBe(49);
  tell(state, jobs(1, 50));
  expect(queued()).toBe(49);
});

describe('arrivals', () => {
  /** Queued one a second, from the first second on. */
  const coming = (from: number, to: number): QueuedJob[] =>
    jobs(from, to).map((job) => ({ ...job, enqueuedAtMs: 1_000 * (1 + Number(job.id.slice(1))) }));

  function fresh(): SchedulerState {
    const state = createScheduler({ windowSize: 4 });
    decide(state, { kind: 'class', nowMs: 0, class: classSpec({ id: 'a' }) });
    return state;
  }

  /** Told as of `atMs`; returns the jobs that came within the horizon. */
  function came(state: SchedulerState, atMs: number, all: readonly QueuedJob[], queued?: number): number {
    const told = { jobs: all.slice(0, 4), ...(queued !== undefined && { queued }) };
    decide(state, { kind: 'heads', nowMs: atMs, classId: 'a', ...told });
    return 900 * arrivalsPerS(state, state.models[state.modelByName.get('a')!]!);
  }

  it('are the jobs that came since the window was read last', () => {
    const state = fresh();
    expect(came(state, 2_000, coming(0, 2))).toBeCloseTo(2, 1);
    expect(came(state, 2_500, coming(0, 2))).toBeCloseTo(2, 1);
    expect(came(state, 3_000, coming(0, 3))).toBeCloseTo(3, 1);
  });

  it('are not those that come back, nor those that move up', () => {
    const state = fresh();
    came(state, 6_500, coming(0, 6), 6);
    expect(came(state, 7_000, coming(2, 6))).toBeCloseTo(4, 1);
    expect(came(state, 8_000, coming(0, 6))).toBeCloseTo(4, 1);
  });

  it('are counted behind a full window too', () => {
    const state = fresh();
    came(state, 10_000, coming(0, 10), 10);
    const first = came(state, 10_001, coming(0, 10));
    expect(came(state, 40_000, coming(0, 40), 40) - first).toBeCloseTo(30, 0);
  });

  it('that lie before the first reading count less by their age', () => {
    const [old] = coming(0, 1);
    expect(came(fresh(), 901_000, [old!], 100)).toBeCloseTo(Math.exp(-1), 3);
  });
});

it('a window that runs low is read again, once', () => {
  const state = busy(4);
  tell(state, jobs(0, 100), 100);
  const asked: Decision[] = [];
  let running = 'running';
  for (let at = 0; at < 4; at += 1) {
    const made = decide(state, {
      kind: 'attempt-closed',
      nowMs,
      nodeId: 'n',
      jobId: running,
      outcome: 'ok',
      runMs: 1,
    });
    running = made.find((decision) => decision.kind === 'place')!.jobId;
    asked.push(...loads(made));
  }
  expect(asked).toEqual([{ kind: 'load-heads', classId: 'a', limit: 4, excludeTenantIds: [] }]);
  expect(loads(decide(state, { kind: 'heads', nowMs, classId: 'a', jobs: jobs(4, 8), queued: 96 }))).toEqual(
    [],
  );
});

it('a window full of a tenant at its limit is read again without it, and with it once it may run', () => {
  const state = busy(4);
  decide(state, { kind: 'heads', nowMs, classId: 'a', jobs: jobs(0, 4), queued: 50 });
  const capped = decide(state, { kind: 'tenant', nowMs, tenantId: 'tenant', maxActive: 1 });
  expect(loads(capped)).toEqual([
    { kind: 'load-heads', classId: 'a', limit: 4, excludeTenantIds: ['tenant'] },
  ]);
  expect(loads(decide(state, { kind: 'heads', nowMs, classId: 'a', jobs: [], queued: 50 }))).toEqual([]);
  const raised = decide(state, { kind: 'tenant', nowMs, tenantId: 'tenant', maxActive: 2 });
  expect(loads(raised)).toEqual([{ kind: 'load-heads', classId: 'a', limit: 4, excludeTenantIds: [] }]);
});

it('a job that runs already is not queued again by a late read', () => {
  const state = busy(4);
  const late = queuedJob({ id: 'running', classId: 'a' });
  decide(state, { kind: 'heads', nowMs, classId: 'a', jobs: [late], queued: 1 });
  expect(state.classById.get('a')!.window).toEqual([]);
});
