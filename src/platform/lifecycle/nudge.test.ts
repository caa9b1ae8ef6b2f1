import { expect, it, vi } from 'vitest';
import { Nudge } from './nudge.js';

async function ended(pause: Promise<void>): Promise<boolean> {
  return Promise.race([
    pause.then(() => true),
    new Promise<boolean>((resolve) => setImmediate(() => resolve(false))),
  ]);
}

it('ends a pause, and the next one too, until it is reset', async () => {
  const nudge = new Nudge();
  const pause = nudge.pause(60_000);
  expect(await ended(pause)).toBe(false);
  nudge.give();
  expect(await ended(pause)).toBe(true);
  expect(await ended(nudge.pause(60_000))).toBe(true);
  nudge.reset();
  const other = nudge.pause(60_000);
  expect(await ended(other)).toBe(false);
  nudge.finish();
  expect(await ended(other)).toBe(true);
});

it('leaves what cannot be woken asleep, until all is over', async () => {
  const nudge = new Nudge();
  nudge.give();
  const pause = nudge.pause(60_000, false);
  nudge.give();
  expect(await ended(pause)).toBe(false);
  nudge.finish();
  expect(await ended(pause)).toBe(true);
});

it('ends by itself in time, and leaves no timer behind', async () => {
  vi.useFakeTimers();
  try {
    const nudge = new Nudge();
    const pause = nudge.pause(500);
    await vi.advanceTimersByTimeAsync(500);
    await pause;
    void nudge.pause(500);
    nudge.finish();
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
