import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fleetEjection } from './fleet.js';

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
