import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { untilAborted } from './until-aborted.js';

describe('a call that an abort may leave behind', () => {
  const never = new Promise<never>(() => undefined);

  it('ends with its own answer or error, and leaves no listener', async () => {
    const { signal } = new AbortController();
    await expect(untilAborted(Promise.resolve(1), signal)).resolves.toBe(1);
    await expect(untilAborted(Promise.reject(new Error('own')), signal)).rejects.toThrow('own');
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('ends at the abort', async () => {
    const controller = new AbortController();
    const waited = untilAborted(never, controller.signal);
    controller.abort(new Error('stop'));
    await expect(waited).rejects.toThrow('stop');
  });
});
