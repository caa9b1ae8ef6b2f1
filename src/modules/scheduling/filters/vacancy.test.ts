import { expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';

function busyNode(): Bench {
  const bench = new Bench().nodes(nodeSpec({ id: 'n' })).classes(classSpec({ id: 'a' }));
  bench.queue(queuedJob({ id: 'running', classId: 'a' }));
  bench.queue(queuedJob({ id: 'waiting', classId: 'a', effKey: 1 }));
  return bench;
}

it.each([{ accepts: false }, { weight: 0 }])('a node with %o takes nothing', (fields) => {
  const bench = new Bench().nodes(nodeSpec({ id: 'n', ...fields })).classes(classSpec({ id: 'a' }));
  expect(bench.queue(queuedJob({ id: 'j', classId: 'a' }))).toEqual({});
});

it('an estimate alone never opens slot 1', () => {
  const bench = busyNode();
  expect(bench.tickAt(10 * 60_000)).toEqual([]);
});

it('slot 1 opens in the last seconds that the run itself announces', () => {
  const bench = busyNode();
  for (const step of [1, 2, 3, 4]) {
    bench.nowMs = 20_000 + step * 2_000;
    expect(bench.send({ kind: 'progress', nodeId: 'n', jobId: 'running', step, steps: 6 })).toEqual([]);
  }
  bench.nowMs = 30_000;
  const placed = bench.send({ kind: 'progress', nodeId: 'n', jobId: 'running', step: 5, steps: 6 });
  expect(placed).toMatchObject([{ jobId: 'waiting', nodeId: 'n', slot: 1 }]);
});
