/**
 * The range specification: a change to the policy that makes a reference trace worse than what is promised fails here. Few seeds keep
 * it quick; the full table is `npm run bench:traces`.
 */
import { describe, expect, it } from 'vitest';
import { runExperiment } from '../experiment.js';
import { makeTrace } from '../traces/index.js';
import { FigureTable } from './figures.js';
import { fewSeeds, promises } from './promises.js';
import { valueOf } from './table.js';

const table = new FigureTable();

describe.each(promises)('$trace', ({ trace, bounds, seeds = fewSeeds }) => {
  it.each(bounds)('$figure of $of $on: at most $atMost', (bound) => {
    expect(valueOf(table, trace, bound, seeds)).toBeLessThanOrEqual(bound.atMost);
  });
});

it('a tenant that queues 1,500 jobs: all ends as soon as by order of arrival', () => {
  const byArrival = runExperiment({
    trace: (seed) => makeTrace('hog', seed),
    seeds: fewSeeds,
    policies: ['ours'],
    switches: { tags: false },
  })[0]!;
  const fair = table.of('hog', 'ours', fewSeeds);
  expect(Math.abs(fair.makespanS / byArrival.mean.makespanS - 1)).toBeLessThanOrEqual(0.02);
});
