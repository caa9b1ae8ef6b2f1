import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  Bench,
  classSpec,
  nodeSpec,
  queuedJob,
  secondPerUnit,
} from '../../../../test/scheduling/builders.js';
import { type ScaledPool, wantedNodes } from './wanted-nodes.js';

const targetWaitS = 300;
const pool = (name: string, fields: Partial<ScaledPool> = {}): ScaledPool => ({
  name,
  nodesMax: Infinity,
  could: () => false,
  ...fields,
});
const jobs = (count: number, classId: string, workUnits = 60) =>
  Array.from({ length: count }, (_, index) =>
    queuedJob({ id: `${classId}-${index}`, classId, workUnits, effKey: index }),
  );
const wish = (bench: Bench, ...pools: ScaledPool[]) =>
  Object.fromEntries(wantedNodes(bench.state, pools, targetWaitS));

it('wants enough nodes for what waits to begin in time, what runs included', () => {
  const bench = new Bench().nodes(nodeSpec({ id: 'n', pools: ['big'] })).classes(classSpec({ id: 'a' }));
  bench.queue(...jobs(21, 'a'));
  const { big } = wish(bench, pool('big'));
  expect(big).toMatchObject({ nodes: 1, nodesBusy: 1, waitingJobs: 20 });
  expect(big?.nodesWanted).toBe(5);
});

it('keeps the nodes that are at work when nothing waits, and wants none for no work', () => {
  const bench = new Bench().classes(classSpec({ id: 'a' }));
  bench.nodes(...Array.from({ length: 8 }, (_, index) => nodeSpec({ id: `n${index}`, pools: ['big'] })));
  expect(wish(bench, pool('big'))['big']?.nodesWanted).toBe(0);
  bench.queue(...jobs(8, 'a', 7_200));
  expect(wish(bench, pool('big'))['big']?.nodesWanted).toBe(8);
});

it('does not count what the pool cannot run, nor what nobody can', () => {
  const bench = new Bench()
    .nodes(nodeSpec({ id: 'n', pools: ['big'] }), nodeSpec({ id: 'm', pools: ['small'] }))
    .classes(classSpec({ id: 'a' }), classSpec({ id: 'b' }), classSpec({ id: 'c', loras: ['gone'] }));
  bench.lack('a', 'm').lack('b', 'n').lack('c', 'n', 'm');
  bench.queue(...jobs(50, 'b'), ...jobs(100, 'c'));
  const wishes = wish(bench, pool('big'), pool('small'), pool('empty'));
  expect(wishes['big']?.nodesWanted).toBe(0);
  expect(wishes['small']?.nodesWanted).toBeGreaterThan(8);
  expect(wishes['empty']?.nodesWanted).toBe(0);
});

it('wakes a pool without nodes for what it could run, and tries one node of a pool that nobody knows', () => {
  const bench = new Bench().nodes(nodeSpec({ id: 'n' })).classes(classSpec({ id: 'a' }));
  bench.lack('a', 'n');
  bench.queue(...jobs(20, 'a'));
  expect(wish(bench, pool('known', { could: () => true }))['known']?.nodesWanted).toBe(4);
  expect(wish(bench, pool('new', { could: () => undefined }))['new']?.nodesWanted).toBe(1);
  const both = wish(bench, pool('new', { could: () => undefined }), pool('known', { could: () => true }));
  expect(both['new']?.nodesWanted).toBe(0);
});

it('fills the nodes that no scaler made, then pools that have nodes, and overflows into the next', () => {
  const bench = new Bench()
    .nodes(nodeSpec({ id: 'own' }), nodeSpec({ id: 'n', pools: ['first'] }))
    .classes(classSpec({ id: 'a' }));
  bench.queue(...jobs(42, 'a'));
  const wishes = wish(bench, pool('second', { could: () => true }), pool('first', { nodesMax: 3 }));
  expect(wishes['first']?.nodesWanted).toBe(3);
  expect(wishes['second']?.nodesWanted).toBe(5);
});

it('reckons with the GPUs of each pool: the same work wants more nodes of slower ones', () => {
  const bench = new Bench({}, { runTimes: secondPerUnit({ 'gpu-0.45': 2 }) });
  bench.nodes(
    nodeSpec({ id: 'f', gpuClass: 'gpu-1', pools: ['fast'] }),
    nodeSpec({ id: 's', gpuClass: 'gpu-0.45', pools: ['slow'] }),
  );
  bench
    .classes(classSpec({ id: 'a' }), classSpec({ id: 'b' }))
    .lack('a', 's')
    .lack('b', 'f');
  bench.queue(...jobs(21, 'a'), ...jobs(21, 'b'));
  const wishes = wish(bench, pool('fast'), pool('slow'));
  expect([wishes['fast']?.nodesWanted, wishes['slow']?.nodesWanted]).toEqual([5, 9]);
});

it('counts a job for the pool that gets it, and the rest for the next', () => {
  const bench = new Bench()
    .nodes(nodeSpec({ id: 'n', pools: ['first'] }), nodeSpec({ id: 'm', pools: ['second'] }))
    .classes(classSpec({ id: 'a' }));
  bench.queue(...jobs(32, 'a'));
  const wishes = wish(bench, pool('first', { nodesMax: 3 }), pool('second'));
  expect(wishes['first']?.waitingJobs).toBe(14);
  expect(wishes['second']?.waitingJobs).toBe(16);
});

it('wants no more nodes than a workflow may use at once', () => {
  const bench = new Bench()
    .nodes(nodeSpec({ id: 'n', pools: ['big'] }))
    .classes(classSpec({ id: 'a', workflowId: 'w' }));
  bench.send({ kind: 'workflow', workflowId: 'w', maxActive: 3 });
  bench.queue(...jobs(100, 'a'));
  expect(wish(bench, pool('big'))['big']?.nodesWanted).toBe(3);
});

it('never wants fewer nodes than are at work, nor more than jobs or its most, whatever waits', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 6 }),
      fc.array(
        fc.record({ count: fc.integer({ min: 0, max: 30 }), s: fc.integer({ min: 1, max: 10_000 }) }),
        { maxLength: 3 },
      ),
      fc.integer({ min: 1, max: 20 }),
      (nodes, kinds, nodesMax) => {
        const bench = new Bench().classes(...kinds.map((_, at) => classSpec({ id: `${at}`, models: ['a'] })));
        bench.nodes(
          ...Array.from({ length: nodes }, (_, index) => nodeSpec({ id: `n${index}`, pools: ['p'] })),
        );
        bench.queue(...kinds.flatMap(({ count, s }, at) => jobs(count, `${at}`, s)));
        const { nodesWanted, nodesBusy } = wish(
          bench,
          pool('p', { nodesMax: Math.max(nodesMax, nodes), could: () => true }),
        )['p']!;
        const total = kinds.reduce((sum, { count }) => sum + count, 0);
        expect(nodesWanted).toBeGreaterThanOrEqual(nodesBusy);
        expect(nodesWanted).toBeLessThanOrEqual(Math.min(Math.max(nodesMax, nodes), total));
        expect(nodesWanted > 0).toBe(total > 0);
      },
    ),
  );
});
