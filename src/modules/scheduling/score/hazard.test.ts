import { expect, it } from 'vitest';
import { nodeSpec, Bench } from '../../../../test/scheduling/builders.js';
import { hazardS } from './hazard.js';

it('is the share of runs a node loses, times the run', () => {
  const bench = new Bench().nodes(nodeSpec({ id: 'n', failureProbability: 0.25 }));
  expect(hazardS(bench.state.nodeById.get('n')!, 80)).toBe(20);
});
