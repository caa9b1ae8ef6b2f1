import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fleetEjection, ratioOutliers } from './fleet.js';

const names = (count: number) => Array.from({ length: count }, (_, index) => `node-${index}`);

describe('fleetEjection', () => {
  it('puts out up to 30 % of the nodes, and nobody when more would have to go', () => {
    expect(fleetEjection(names(3), 10)).toEqual({ ejected: names(3), alarm: false });
    expect(fleetEjection(names(4), 10)).toEqual({ ejected: [], alarm: true });
  });

  it('lets even a small cluster put out one', () => {
    expect(fleetEjection(names(1), 2)).toEqual({ ejected: names(1), alarm: false });
    expect(fleetEjection(names(2), 2)).toEqual({ ejected: [], alarm: true });
  });

  it('never puts out more than its share', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(200), (wanted, others) => {
        const nodeCount = wanted + others;
        const { ejected } = fleetEjection(names(wanted), nodeCount);
        expect(ejected.length).toBeLessThanOrEqual(Math.max(1, nodeCount * 0.3));
      }),
    );
  });
});

const record = (nodeId: string, faults: number, runs = 20) => ({ nodeId, runs, faults });

describe('ratioOutliers', () => {
  const healthy = names(9).map((name) => record(name, 0));

  it('names a node that fails far more often than the others', () => {
    expect(ratioOutliers([...healthy, record('bad', 10)])).toEqual(['bad']);
  });

  it('judges nobody by fewer than ten runs or among fewer than five nodes', () => {
    expect(ratioOutliers([...healthy, record('new', 5, 9)])).toEqual([]);
    expect(ratioOutliers([...healthy.slice(0, 3), record('bad', 20)])).toEqual([]);
  });

  it('names nobody when all are alike', () => {
    expect(ratioOutliers(names(8).map((name) => record(name, 5)))).toEqual([]);
  });
});
