import { expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';

it('a job never returns to a node on its avoid-list, and the next of its class goes there instead', () => {
  const bench = new Bench().classes(classSpec({ id: 'a' }));
  bench.queue(
    queuedJob({ id: 'burnt', classId: 'a', effKey: 1, avoidNodeIds: ['n'] }),
    queuedJob({ id: 'fresh', classId: 'a', effKey: 2 }),
  );
  const placed = bench.send({ kind: 'node', node: nodeSpec({ id: 'n' }) });
  expect(placed.map(({ jobId }) => jobId)).toEqual(['fresh']);
});
