import type { Dispatcher } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { CallWatch } from './call-watch.js';

/** What undici does the moment before it writes; tells whether it may go on. */
function begin(deadlineMs: number): { watch: CallWatch; isAborted: boolean } {
  const watch = new CallWatch({
    method: 'POST',
    path: '/prompt',
    startWithinMs: 60_000,
    timeoutMs: 60_000,
    deadlineMs,
    signal: undefined,
  });
  onTestFinished(() => watch.dispose());
  let isAborted = false;
  const controller = { abort: () => (isAborted = true) } as unknown as Dispatcher.DispatchController;
  const dispatch = watch.interceptor((_options, handler) => {
    handler.onRequestStart?.(controller, {});
    return true;
  });
  dispatch({ method: 'POST', path: '/prompt' }, {});
  return { watch, isAborted };
}

it('lets no first byte leave after the deadline, though no timer has fired yet', () => {
  const { watch, isAborted } = begin(performance.now());
  expect(isAborted).toBe(true);
  expect(watch.started).toBe(false);
  expect(watch.explain(new Error('aborted')).kind).toBe('not_sent');
});

it('lets it leave before', () => {
  const { watch, isAborted } = begin(performance.now() + 60_000);
  expect(isAborted).toBe(false);
  expect(watch.started).toBe(true);
});
