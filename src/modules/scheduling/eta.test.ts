import { expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../test/scheduling/builders.js';
import { estimateEta } from './eta.js';

function line(jobs: number): Bench {
  const bench = new Bench().nodes(nodeSpec({ id: 'n' })).classes(classSpec({ id: 'a' }));
  const all = Array.from({ length: jobs }, (_, at) => queuedJob({ id: `j${at}`, classId: 'a', effKey: at }));
  bench.queue(queuedJob({ id: 'running', classId: 'a', effKey: -1, estimateMs: 30_000 }), ...all);
  return bench;
}

it('adds up the rest of the run and the jobs ahead', () => {
  const eta = estimateEta(line(3).state, 'a', 'j2')!;
  const load = 10_000;
  const patchless = 30_000 + load;
  expect(eta).toMatchObject({ queuePosition: 3, startMs: 1_000 + patchless + 120_000 });
  expect(eta.endMs - eta.startMs).toBe(60_000);
  expect(eta.endP90Ms).toBeGreaterThan(eta.endMs);
});

it('spreads jobs beyond the window over the nodes that can run them', () => {
  const near = estimateEta(line(3).state, 'a', 'unknown')!;
  const far = estimateEta(line(3).state, 'a', 'unknown', 10)!;
  expect(far.startMs - near.startMs).toBe(600_000);
  expect(far.queuePosition).toBe(14);
});

it('promises nothing when no node that takes work can run it', () => {
  const bench = new Bench().nodes(nodeSpec({ id: 'n', accepts: false })).classes(classSpec({ id: 'a' }));
  expect(estimateEta(bench.state, 'a', 'j')).toBeUndefined();
});
