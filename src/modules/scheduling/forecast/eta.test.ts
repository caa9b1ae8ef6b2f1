import { expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';
import { dealOut, firstJobs } from './eta.js';

function line(jobs: number): Bench {
  const bench = new Bench().nodes(nodeSpec({ id: 'n' })).classes(classSpec({ id: 'a' }));
  const all = Array.from({ length: jobs }, (_, at) => queuedJob({ id: `j${at}`, classId: 'a', effKey: at }));
  bench.queue(queuedJob({ id: 'running', classId: 'a', effKey: -1, workUnits: 30 }), ...all);
  return bench;
}

function dealt(bench: Bench) {
  return dealOut(bench.state, firstJobs(bench.state, 100));
}

it('adds up the rest of the run and the jobs ahead', () => {
  const eta = dealt(line(3)).etas.get('j2')!;
  const load = 10_000;
  const patchless = 30_000 + load;
  expect(eta).toMatchObject({ queuePosition: 3, startMs: expect.closeTo(1_000 + patchless + 120_000) });
  expect(eta.endMs - eta.startMs).toBeCloseTo(60_000);
  expect(eta.endP90Ms).toBeGreaterThan(eta.endMs);
});

it('spreads jobs beyond the window over the nodes that can run them', () => {
  const bench = line(3);
  const { eta, perJobMs } = dealt(bench).beyond(bench.state.classById.get('a')!)!;
  expect(eta).toMatchObject({ queuePosition: 4, startMs: expect.closeTo(1_000 + 40_000 + 180_000) });
  expect(perJobMs).toBeCloseTo(60_000);
});

it('promises nothing when no node that takes work can run it', () => {
  const bench = new Bench().nodes(nodeSpec({ id: 'n', accepts: false })).classes(classSpec({ id: 'a' }));
  bench.queue(queuedJob({ id: 'j', classId: 'a' }));
  const { etas, beyond } = dealt(bench);
  expect(etas.get('j')).toBeUndefined();
  expect(beyond(bench.state.classById.get('a')!)).toBeUndefined();
});
