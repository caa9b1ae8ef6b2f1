import { expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';

const burnt = queuedJob({ id: 'burnt', classId: 'a', effKey: 1, avoidNodeIds: ['n'] });
const fresh = queuedJob({ id: 'fresh', classId: 'a', effKey: 2 });

const blocker = queuedJob({ id: 'blocker', classId: 'a', effKey: 0 });

/** One node, `other`, at work. */
const busyElsewhere = (): Bench => {
  const bench = new Bench().classes(classSpec({ id: 'a' })).nodes(nodeSpec({ id: 'other' }));
  bench.queue(blocker, burnt);
  return bench;
};

it('a job does not return to a node on its avoid-list, and the next of its class goes there instead', () => {
  const bench = busyElsewhere();
  bench.queue(fresh);
  const placed = bench.send({ kind: 'node', node: nodeSpec({ id: 'n' }) });
  expect(placed.map(({ jobId }) => jobId)).toEqual(['fresh']);
});

it('but when the others take no work any more', () => {
  const bench = busyElsewhere();
  expect(bench.send({ kind: 'node', node: nodeSpec({ id: 'n' }) })).toEqual([]);
  const placed = bench.send({ kind: 'node', node: nodeSpec({ id: 'other', accepts: false }) });
  expect(placed.map(({ jobId, nodeId }) => [jobId, nodeId])).toEqual([['burnt', 'n']]);
});

it('or when no other node fits', () => {
  const bench = new Bench()
    .classes(classSpec({ id: 'a' }))
    .nodes(nodeSpec({ id: 'other' }))
    .lack('a', 'other');
  bench.queue(burnt, fresh);
  const placed = bench.send({ kind: 'node', node: nodeSpec({ id: 'n' }) });
  expect(placed.map(({ jobId }) => jobId)).toEqual(['burnt']);
});

it('and whether it came back only because the others are away is in the decision', () => {
  const placedWith = (...others: Parameters<typeof nodeSpec>[0][]): (true | undefined)[] => {
    const bench = new Bench().classes(classSpec({ id: 'a' })).nodes(...others.map(nodeSpec));
    bench.queue(burnt, fresh);
    const placed = bench.send({ kind: 'node', node: nodeSpec({ id: 'n' }) });
    return placed.map(({ othersAway }) => othersAway);
  };
  expect(placedWith({ id: 'other', accepts: false })).toEqual([true]);
  expect(placedWith()).toEqual([undefined]);
  // It gets no work, ever.
  expect(placedWith({ id: 'other', accepts: false, weight: 0 })).toEqual([undefined]);
});
