import { expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';
import { exportLearned, restoreScheduler } from '../estimator/learned.js';

const small = nodeSpec({ id: 'small', vramBytes: 24e9 });
const large = nodeSpec({ id: 'large', vramBytes: 48e9 });

/** The class ran out of memory on the small node so often. */
function ranOut(times: number): Bench {
  const bench = new Bench().nodes(small).classes(classSpec({ id: 'a' }));
  for (let at = 0; at < times; at += 1) {
    bench.submit(queuedJob({ id: `j${at}`, classId: 'a' }));
    bench.send({ kind: 'attempt-closed', nodeId: 'small', jobId: `j${at}`, outcome: 'oom' });
  }
  return bench;
}

const takes = (bench: Bench, nodeId: string): boolean =>
  bench.state.classById.get('a')!.feasible.has(bench.state.nodeById.get(nodeId)!.index);

it('a class that ran out of memory twice goes to nodes that have more', () => {
  const once = ranOut(1).nodes(large);
  expect(takes(once, 'small')).toBe(true);
  const twice = ranOut(2).nodes(large);
  expect([takes(twice, 'small'), takes(twice, 'large')]).toEqual([false, true]);
});

it('unless no node has more, or the one that had leaves', () => {
  const bench = ranOut(2);
  expect(takes(bench, 'small')).toBe(true);
  bench.nodes(large);
  expect(takes(bench, 'small')).toBe(false);
  bench.send({ kind: 'node-removed', nodeId: 'large' });
  expect(takes(bench, 'small')).toBe(true);
});

it('for an hour, or until a run succeeds there', () => {
  const bench = ranOut(2).nodes(large);
  bench.tickAt(bench.nowMs + 3_600_000);
  expect(takes(bench, 'small')).toBe(true);
  const lifted = ranOut(1);
  lifted.submit(queuedJob({ id: 'good', classId: 'a' }));
  lifted.end('small', 'good');
  lifted.submit(queuedJob({ id: 'bad', classId: 'a' }));
  lifted.send({ kind: 'attempt-closed', nodeId: 'small', jobId: 'bad', outcome: 'oom' });
  expect(takes(lifted.nodes(large), 'small')).toBe(true);
});

it('the next leader knows', () => {
  const learned = JSON.parse(JSON.stringify(exportLearned(ranOut(2).state)));
  expect(learned.vramFloors).toEqual({ a: { failedBytes: 24e9, failures: 2, lastMs: 1_000 } });
  expect(restoreScheduler({}, learned).vramFloors.get('a')).toEqual(learned.vramFloors.a);
});
