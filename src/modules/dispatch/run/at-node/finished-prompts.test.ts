import { expect, it, vi } from 'vitest';
import { createLogger } from '../../../../platform/logging/index.js';
import { FinishedPrompts } from './finished-prompts.js';

const log = createLogger({ level: 'silent' });

it('tells the node of all that ended within a moment together, and of the rest when asked to', async () => {
  vi.useFakeTimers();
  try {
    const told: (readonly string[])[] = [];
    const finished = new FinishedPrompts({ deleteHistory: async (ids) => void told.push(ids) }, log);
    for (const id of ['a', 'b']) finished.forget(id);
    await vi.advanceTimersByTimeAsync(1000);
    expect(told).toEqual([['a', 'b']]);
    finished.forget('c');
    await finished.tell();
    await finished.tell();
    expect(told).toEqual([['a', 'b'], ['c']]);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

it('bears a node that does not answer', async () => {
  const deleteHistory = vi.fn<() => Promise<void>>(async () => Promise.reject(new Error('away')));
  const finished = new FinishedPrompts({ deleteHistory }, log);
  finished.forget('a');
  await expect(finished.tell()).resolves.toBeUndefined();
  expect(deleteHistory).toHaveBeenCalledOnce();
});

it('does not wait for a node that never answers', async () => {
  const finished = new FinishedPrompts({ deleteHistory: async () => new Promise(() => undefined) }, log);
  finished.forget('a');
  await expect(finished.tell()).resolves.toBeUndefined();
});
