import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { signalWithin } from './signal-within.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const isAborted = async (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason), { once: true }));

it('ends after its time, whatever garbage is collected meanwhile', async () => {
  const gone = new AbortController();
  const collecting = setInterval(collectGarbage, 20);
  try {
    const reason = await Promise.race([isAborted(signalWithin(200, gone.signal)), sleep(20_000, 'never')]);
    expect(reason).toMatchObject({ name: 'TimeoutError' });
  } finally {
    clearInterval(collecting);
  }
});

it('ends with the first of its signals', async () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const signal = signalWithin(60_000, one.signal, other.signal);
  other.abort('gone');
  expect(signal.reason).toBe('gone');
  expect(signalWithin(60_000, other.signal).aborted).toBe(true);
});
