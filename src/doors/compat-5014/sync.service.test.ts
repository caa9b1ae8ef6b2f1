import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import type { JobsService } from '../../modules/jobs/index.js';
import { SyncService } from './sync.service.js';

type Wait = (jobId: string, options: { timeoutMs: number; signal: AbortSignal }) => Promise<unknown>;

function waiter(waitForEnd: Wait): SyncService {
  return new SyncService({ waitForEnd } as unknown as JobsService);
}

const urlOf = () => 'http://host/v';
const ended = { error: null, outputs: [] };

test('a wait answers the videos, the reason of a failure, or that time is up', async () => {
  const answers = [
    { ...ended, state: 'succeeded' },
    { ...ended, state: 'failed', error: { message: 'CUDA out of memory' } },
    null,
  ];
  const service = waiter(async () => answers.shift());
  const wait = () => service.wait('j', 7, new EventEmitter(), urlOf);
  expect(await wait()).toEqual({
    status: 200,
    body: { prompt_id: 'j', status: 'completed', videos: [], message: '视频生成完成' },
  });
  expect(await wait()).toEqual({ status: 500, body: { detail: '视频生成失败: CUDA out of memory' } });
  expect(await wait()).toEqual({
    status: 408,
    body: { detail: '视频生成超时（7秒），请使用异步接口或增加超时时间' },
  });
});

test('a client that leaves ends the wait, and nothing keeps listening', async () => {
  const socket = new EventEmitter();
  const service = waiter(
    (_id, { signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(null))),
  );
  const waiting = service.wait('j', 600, socket, urlOf);
  socket.emit('close');
  await waiting;
  expect(socket.listenerCount('close')).toBe(0);
});

test('no timeout is longer than a timer can hold', async () => {
  let longestMs = 0;
  const service = waiter(async (_id, { timeoutMs }) => {
    longestMs = timeoutMs;
    return null;
  });
  await service.wait('j', 1e300, new EventEmitter(), urlOf);
  expect(longestMs).toBe(2 ** 31 - 1);
});
