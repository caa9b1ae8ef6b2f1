import { expect, it } from 'vitest';
import { ManualClock } from './index.js';

it('a manual clock stands still until it is advanced, and fires what is due in order, at its time', () => {
  const clock = new ManualClock(new Date(0));
  const fired: [string, number][] = [];
  const note = (name: string) => () => fired.push([name, clock.monotonicMs()]);
  clock.after(20, note('later'));
  clock.after(10, () => {
    note('first')();
    clock.after(5, note('set while firing'));
  });
  clock.after(15, note('cancelled'))();
  clock.after(31, note('not yet'));
  clock.advance(30);
  expect(fired).toEqual([
    ['first', 10],
    ['set while firing', 15],
    ['later', 20],
  ]);
  expect(clock.now()).toEqual(new Date(30));
  expect(clock.pendingTimers).toBe(1);
});
