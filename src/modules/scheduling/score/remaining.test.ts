import { expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';
import { remainingS } from './remaining.js';

function running(): Bench {
  const bench = new Bench().nodes(nodeSpec({ id: 'n' })).classes(classSpec({ id: 'a', models: [] }));
  bench.queue(queuedJob({ id: 'j', classId: 'a', workUnits: 60 }));
  return bench;
}

it('is nothing on an idle node', () => {
  const bench = new Bench().nodes(nodeSpec({ id: 'n' }));
  expect(remainingS(bench.state, bench.state.nodeById.get('n')!)).toBe(0);
});

it('is the estimate less what has passed, and never negative', () => {
  const bench = running();
  const node = bench.state.nodeById.get('n')!;
  expect(remainingS(bench.state, node)).toBeCloseTo(60);
  bench.tickAt(41_000);
  expect(remainingS(bench.state, node)).toBeCloseTo(20);
  bench.tickAt(500_000);
  expect(remainingS(bench.state, node)).toBe(0);
});

it('follows the run itself once it reports steps', () => {
  const bench = running();
  for (const step of [1, 2, 3, 4]) {
    bench.nowMs = 1_000 + step * 10_000;
    bench.send({ kind: 'progress', nodeId: 'n', jobId: 'j', step, steps: 20 });
  }
  expect(remainingS(bench.state, bench.state.nodeById.get('n')!)).toBe(160);
});
