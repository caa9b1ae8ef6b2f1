import { expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';

/** A job of `b` waits at key 0 while warm jobs of `a` pass it. */
function passedBy(enqueuedAtMs: number): Bench {
  const bench = new Bench({ sizeWeight: 0, lambda: 100, maxBiasS: 10_000, reserveAfterS: 100 });
  bench.nodes(nodeSpec({ id: 'n', vramBytes: 12e9 })).classes(classSpec({ id: 'a' }), classSpec({ id: 'b' }));
  bench.nowMs = 400_000;
  bench.queue(queuedJob({ id: 'a0', classId: 'a', effKey: 0 }));
  bench.queue(queuedJob({ id: 'b', classId: 'b', effKey: 0, enqueuedAtMs }));
  bench.queue(
    queuedJob({ id: 'a1', classId: 'a', effKey: 150 }),
    queuedJob({ id: 'a2', classId: 'a', effKey: 160 }),
  );
  expect(bench.end('n', 'a0')).toMatchObject([{ jobId: 'a1' }]);
  bench.tickAt(401_000);
  return bench;
}

it('a job overtaken too far and waiting too long gets the node that frees first', () => {
  expect(passedBy(0).end('n', 'a1')).toMatchObject([{ jobId: 'b', pinned: true }]);
});

it('being overtaken in the order alone pins nothing: an urgent job has only just come', () => {
  expect(passedBy(390_000).end('n', 'a1')).toMatchObject([{ jobId: 'a2', pinned: false }]);
});

it('a job near its deadline is served before warm ones', () => {
  const bench = new Bench({ sizeWeight: 0 }).nodes(nodeSpec({ id: 'n', vramBytes: 12e9 }));
  bench.classes(classSpec({ id: 'a' }), classSpec({ id: 'b' }));
  bench.queue(queuedJob({ id: 'a0', classId: 'a' }));
  const deadlineMs = bench.nowMs + 100_000;
  bench.queue(
    queuedJob({ id: 'b', classId: 'b', deadlineMs }),
    queuedJob({ id: 'a1', classId: 'a', effKey: 1 }),
  );
  bench.tickAt(2_000);
  expect(bench.end('n', 'a0')).toMatchObject([{ jobId: 'b', pinned: true }]);
});
