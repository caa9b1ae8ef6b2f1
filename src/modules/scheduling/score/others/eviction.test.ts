import { expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../../test/scheduling/builders.js';
import { evictionS } from './eviction.js';

/** Two models fit; `a` is least recently used. */
function full(): Bench {
  const bench = new Bench();
  bench.send({ kind: 'models', sizesBytes: { a: 12e9, b: 12e9, c: 12e9 } });
  bench.send({ kind: 'node', node: nodeSpec({ id: 'n', vramBytes: 24e9 }), resident: ['a', 'b'] });
  return bench.classes(classSpec({ id: 'a' }), classSpec({ id: 'b' }), classSpec({ id: 'c' }));
}

function eviction(bench: Bench, classId: string): number {
  return evictionS(bench.state, bench.state.classById.get(classId)!, bench.state.nodeById.get('n')!);
}

it('costs nothing while nobody asks for what is pushed out, or when nothing is', () => {
  expect(eviction(full(), 'c')).toBe(0);
  expect(eviction(full(), 'a')).toBe(0);
});

it('costs the whole load of a model that jobs wait for', () => {
  const bench = full();
  bench.lack('a', 'n');
  bench.queue(queuedJob({ id: 'j', classId: 'a' }));
  expect(eviction(bench, 'c')).toBe(10);
});

it('costs a share of the load of a model that was asked for lately', () => {
  const bench = full();
  const placed = bench.queue(queuedJob({ id: 'j', classId: 'a' }));
  bench.end(placed['j']!, 'j');
  bench.queue(queuedJob({ id: 'k', classId: 'b' }));
  expect(eviction(bench, 'c')).toBeGreaterThan(0);
  bench.tickAt(4 * 3_600_000);
  expect(eviction(bench, 'c')).toBeLessThan(0.1);
});
