import { describe, expect, it } from 'vitest';

import { atOnce } from '../steps.js';
import { historyEntrySteps, readFate, readQueue, type Fate } from './fate.js';
import success from '../fixtures/run-success.json' with { type: 'json' };
import cached from '../fixtures/run-cached.json' with { type: 'json' };
import error from '../fixtures/run-error.json' with { type: 'json' };
import oom from '../fixtures/run-oom.json' with { type: 'json' };

const readHistoryEntry = (entry: unknown) => atOnce(historyEntrySteps(entry));
const emptyQueue = { running: [], pending: [] };

function fateOf(entry: unknown): Fate {
  return readFate({ queue: emptyQueue, history: readHistoryEntry(entry) }, 'p');
}

function entryWith(statusText: string, ...messages: string[]) {
  return { outputs: {}, status: { status_str: statusText, messages: messages.map((type) => [type, {}]) } };
}

describe('the fate of a prompt', () => {
  it('of recorded runs', () => {
    expect(fateOf(success.history)).toMatchObject({
      kind: 'succeeded',
      startedAtMs: 1795336028333,
      endedAtMs: 1795336030426,
      outputs: { '76': { gifs: [{ filename: 'i2v_00002.mp4' }] } },
    });
    expect(fateOf(cached.history).kind).toBe('succeeded');
    expect(fateOf(error.history)).toMatchObject({
      kind: 'failed',
      error: { exception_type: 'ValueError' },
    });
    expect(fateOf(oom.history).kind).toBe('failed');
  });

  it.each([
    ['success', ['execution_start', 'execution_error'], 'failed'],
    ['error', ['execution_start', 'execution_interrupted'], 'interrupted'],
    ['success', ['execution_start', 'execution_success'], 'succeeded'],
    ['error', ['execution_start'], 'failed'],
    ['success', [], 'succeeded'],
  ])('is told by the last message: %s with %j is %s', (statusText, messages, kind) => {
    expect(fateOf(entryWith(statusText, ...messages)).kind).toBe(kind);
  });

  it('of a finished prompt on a server that kept no status is success', () => {
    expect(fateOf({ outputs: { '1': {} } }).kind).toBe('succeeded');
  });

  it('of a live prompt comes from the queue, in execution order', () => {
    const queue = readQueue({
      queue_running: [[0, 'run', { big: 1 }, { client_id: 'me' }, ['1']]],
      queue_pending: [[5.0, 'b', {}, {}, []], [7, 'z', {}, {}, []], [5, 'a', {}, {}, []], 'garbage'],
    })!;
    expect(queue.running).toEqual([{ number: 0, promptId: 'run', clientId: 'me' }]);
    const readings = { queue, history: undefined };
    expect(readFate(readings, 'run')).toEqual({ kind: 'running' });
    expect(readFate(readings, 'a')).toEqual({ kind: 'pending', position: 0 });
    expect(readFate(readings, 'z')).toEqual({ kind: 'pending', position: 2 });
    expect(readFate(readings, 'none')).toEqual({ kind: 'absent' });
  });

  it('in history wins over a stale queue reading', () => {
    const queue = { running: [{ number: 0, promptId: 'p', clientId: undefined }], pending: [] };
    const history = readHistoryEntry(entryWith('success', 'execution_success'));
    expect(readFate({ queue, history }, 'p').kind).toBe('succeeded');
  });

  it('is read in steps, however many messages there are', () => {
    const entry = entryWith('success', ...Array<string>(60_000).fill('note'), 'execution_success');
    expect([...historyEntrySteps(entry)].length).toBeGreaterThan(60_000 / 512);
  });

  it.each([null, [], { queue_running: [] }, { queue_running: {}, queue_pending: [] }])(
    'cannot be read from a queue like %j',
    (body) => {
      expect(readQueue(body)).toBeUndefined();
    },
  );
});
