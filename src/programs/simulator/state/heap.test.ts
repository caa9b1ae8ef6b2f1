import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heapify, heapPop, heapPush } from './heap.js';

const less = (a: number, b: number): boolean => a < b;

describe('heap', () => {
  it('lays its array out as heapq does', () => {
    const heap: number[] = [];
    for (const item of [5, 1, 4, 2, 3, 0, 7, 6]) heapPush(heap, item, less);
    expect(heap).toEqual([0, 2, 1, 5, 3, 4, 7, 6]);
    expect([heapPop(heap, less), heap]).toEqual([0, [1, 2, 4, 5, 3, 6, 7]]);
    const unordered = [9, 8, 7, 6, 5, 4, 3, 2, 1];
    heapify(unordered, less);
    expect(unordered).toEqual([1, 2, 3, 6, 5, 4, 7, 8, 9]);
  });

  it('gives items back in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (items) => {
        const heap: number[] = [];
        for (const item of items) heapPush(heap, item, less);
        expect(items.map(() => heapPop(heap, less))).toEqual(items.toSorted((a, b) => a - b));
      }),
    );
  });

  it('keeps an item whose comparison failed', () => {
    const heap = [1];
    const failing = (): boolean => {
      throw new Error('incomparable');
    };
    expect(() => heapPush(heap, 1, failing)).toThrow('incomparable');
    expect(heap).toHaveLength(2);
  });
});
