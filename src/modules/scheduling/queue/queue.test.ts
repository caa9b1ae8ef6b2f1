import { expect, it } from 'vitest';
import { createScheduler, decide, type Decision, type QueuedJob } from '../index.js';
import { classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';

const nowMs = 1_000;

function busy(windowSize: number) {
  const state = createScheduler({ windowSize });
  decide(state, { kind: 'node', nowMs, node: nodeSpec({ id: 'n' }) });
  decide(state, { kind: 'class', nowMs, class: classSpec({ id: 'a' }) });
  decide(state, { kind: 'job-queued', nowMs, job: queuedJob({ id: 'running', classId: 'a' }) });
  return state;
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
  for (const job of jobs(0, 1_000)) decide(state, { kind: 'job-queued', nowMs, job });
  expect(state.classById.get('a')!.window.length).toBeLessThanOrEqual(16);
  expect(state.classById.get('a')!.queued).toBe(1_000);
});

it('an urgent job enters a full window in its place', () => {
  const state = busy(4);
  for (const job of jobs(10, 100)) decide(state, { kind: 'job-queued', nowMs, job });
  decide(state, { kind: 'job-queued', nowMs, job: queuedJob({ id: 'urgent', classId: 'a', effKey: -5 }) });
  expect(state.classById.get('a')!.window[0]!.spec.id).toBe('urgent');
});

it('a window that runs low is read again, once', () => {
  const state = busy(4);
  for (const job of jobs(0, 100)) decide(state, { kind: 'job-queued', nowMs, job });
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
