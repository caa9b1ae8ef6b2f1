import fc from 'fast-check';
import type { Pool } from 'pg';
import { expect, it } from 'vitest';
import { countBelow, QueueOrder } from './queue-order.js';

it('counts what is below', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 })), fc.integer({ min: -1, max: 51 }), (keys, key) => {
      const sorted = keys.toSorted((one, other) => one - other);
      expect(countBelow(sorted, key)).toBe(keys.filter((each) => each < key).length);
    }),
  );
});

function scene(count: number) {
  const state = { nowMs: 0, reads: 0, keys: Array.from({ length: count }, (_, at) => at), fails: false };
  const query = async (): Promise<unknown> => {
    state.reads += 1;
    if (state.fails) throw new Error('away');
    return { rows: [{ keys: state.keys }] };
  };
  return { state, order: new QueueOrder({ query } as unknown as Pool, () => state.nowMs) };
}

it('reads a long queue once a second at most, however many ask', async () => {
  const { state, order } = scene(10_000);
  await order.countBefore(5);
  await Promise.all(Array.from({ length: 50 }, async () => order.countBefore(5)));
  state.nowMs = 999;
  expect(await order.countBefore(5)).toBe(5);
  expect(state.reads).toBe(1);
  state.nowMs = 1000;
  await Promise.all(Array.from({ length: 50 }, async () => order.countBefore(5)));
  expect(state.reads).toBe(2);
});

it('tells the present place in a short queue, and none in an empty one', async () => {
  const { state, order } = scene(10);
  expect(await order.countBefore(5)).toBe(5);
  state.nowMs = 2;
  state.keys = [1, 2];
  expect(await order.countBefore(5)).toBe(2);
  state.nowMs = 4;
  state.keys = [];
  expect(await order.countBefore(5)).toBe(0);
});

it('keeps no failure', async () => {
  const { state, order } = scene(10);
  state.fails = true;
  await expect(order.countBefore(5)).rejects.toThrow('away');
  state.fails = false;
  expect(await order.countBefore(5)).toBe(5);
});
