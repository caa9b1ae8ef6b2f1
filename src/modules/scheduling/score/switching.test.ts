import { expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec } from '../../../../test/scheduling/builders.js';
import { switchingS } from './switching.js';

it('sums the loads of the models the node does not hold', () => {
  const bench = new Bench();
  bench.send({ kind: 'models', sizesBytes: { a: 30e9, b: 45e9 } });
  bench.send({ kind: 'node', node: nodeSpec({ id: 'n', vramBytes: 100e9 }), resident: ['a'] });
  bench.classes(classSpec({ id: 'both', models: ['a', 'b'] }), classSpec({ id: 'a' }));
  const { classById, nodeById } = bench.state;
  expect(switchingS(bench.state, classById.get('both')!, nodeById.get('n')!)).toBe(30);
  expect(switchingS(bench.state, classById.get('a')!, nodeById.get('n')!)).toBe(0);
});

it('counts everything again after the node lost its memory', () => {
  const bench = new Bench();
  bench.send({ kind: 'node', node: nodeSpec({ id: 'n' }), resident: ['a'] });
  bench.classes(classSpec({ id: 'a' }));
  bench.send({ kind: 'residency-void', nodeId: 'n' });
  const { classById, nodeById } = bench.state;
  expect(switchingS(bench.state, classById.get('a')!, nodeById.get('n')!)).toBe(10);
});
