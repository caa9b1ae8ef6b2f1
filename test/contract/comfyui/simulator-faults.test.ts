import { afterEach, describe, expect, it } from 'vitest';
import {
  startSimulatedNode,
  wanModelFiles,
  type FaultSpec,
  type SimulatedNode,
  type SimulatedNodeOptions,
} from '../../../src/programs/simulator/index.js';
import { ComfyClient, solidPng } from './comfy-client.js';
import { wanGraph } from './wan-graph.js';

let node: SimulatedNode;
let client: ComfyClient;
afterEach(() => node.stop());

async function start(options: SimulatedNodeOptions = {}): Promise<void> {
  node = await startSimulatedNode(options);
  client = new ComfyClient(node.url);
  await client.upload('test.jpg', solidPng(64, 64, [200, 30, 30]));
}

const outcomes = (): (string | null)[] => node.record().map((entry) => entry.outcome);
const run = async (seed: number, more: object = {}) =>
  client.finished(await client.submit(wanGraph({ seed }), more));
const errorOf = (entry: Awaited<ReturnType<typeof run>>) => entry.status.messages.at(-1)?.[1];
const refused = () =>
  client.text('/prompt').then(
    () => undefined,
    () => true as const,
  );
const answers = () =>
  client.text('/prompt').then(
    () => true as const,
    () => undefined,
  );

describe('failing nodes', () => {
  it('out of memory strikes the next sampler once; a retry works', async () => {
    await start();
    node.inject({ kind: 'oom' });
    expect(errorOf(await run(1))).toMatchObject({ exception_type: 'torch.OutOfMemoryError', node_id: '57' });
    expect((await run(1)).status.status_str).toBe('success');
    expect(outcomes()).toEqual(['error', 'success']);
  });

  it('a sticky CUDA error fails every prompt and the statistics until a restart', async () => {
    await start();
    node.inject({ kind: 'sticky-cuda' });
    for (const seed of [1, 2])
      expect(errorOf(await run(seed))).toMatchObject({ exception_type: 'RuntimeError' });
    expect((await client.get('/system_stats')).status).toBe(500);
    await node.restart();
    await client.poll(answers);
    expect((await run(3)).status.status_str).toBe('success');
    expect((await client.get('/system_stats')).status).toBe(200);
  });

  it('an error strikes the class it names', async () => {
    await start();
    node.inject({
      kind: 'node-error',
      classType: 'VAEDecode',
      message: 'no decoder',
      exceptionType: 'ValueError',
    });
    expect(errorOf(await run(1))).toMatchObject({
      node_type: 'VAEDecode',
      exception_type: 'ValueError',
      exception_message: 'no decoder\n',
    });
  });
});

describe('a worker that stops working', () => {
  it('a zombie goes on answering, with the same prompt running for ever', async () => {
    await start();
    node.inject({ kind: 'zombie' });
    const id = await client.submit(wanGraph({ seed: 1 }));
    await client.submit(wanGraph({ seed: 2 }));
    await client.poll(async () => (node.armedFaults().length === 0 ? true : undefined));
    await client.post('/interrupt', {});
    expect(await client.json('/prompt')).toEqual({ exec_info: { queue_remaining: 2 } });
    expect((await client.json<{ queue_running: [number, string][] }>('/queue')).queue_running[0]?.[1]).toBe(
      id,
    );
    expect(outcomes()).toEqual([null, null]);
  });

  it('a hanging sampler ignores interrupts until it is let go, and then sees them', async () => {
    await start();
    const hang = node.inject({ kind: 'hang-sampling' });
    const id = await client.submit(wanGraph({ seed: 1 }));
    await client.poll(async () => ((node.record()[0]?.ranNodes ?? []).includes('57') ? true : undefined));
    await client.post('/interrupt', { prompt_id: id });
    expect(await client.json(`/history/${id}`)).toEqual({});
    hang.clear();
    expect((await client.finished(id)).status.status_str).toBe('error');
    expect(outcomes()).toEqual(['interrupted']);
  });
});

describe('a process that goes away', () => {
  it('forgets everything, comes back on its port, and the record still knows what was lost', async () => {
    await start({ stepMs: 60_000 });
    const { port } = node;
    const log = await client.listen('me');
    await client.submit(wanGraph({ seed: 1 }), { client_id: 'me' });
    await client.submit(wanGraph({ seed: 2 }));
    const closed = new Promise((resolve) => log.socket.once('close', resolve));
    const back = node.restart(100);
    await closed;
    expect(await refused()).toBe(true);
    await back;
    expect(node.port).toBe(port);
    expect(await client.json('/queue')).toEqual({ queue_running: [], queue_pending: [] });
    expect(await client.json('/history')).toEqual({});
    expect(node.record().map(({ outcome, life }) => [outcome, life])).toEqual([
      ['lost', 1],
      ['lost', 1],
    ]);
    expect(await (await client.post('/prompt', { prompt: wanGraph() })).json()).toMatchObject({ number: 0 });
  });

  it('exits in the middle of sampling and comes back by itself', async () => {
    await start();
    node.inject({ kind: 'exit-while-sampling', backAfterMs: 50 });
    await client.submit(wanGraph({ seed: 1 }));
    await client.poll(refused);
    await client.poll(answers);
    expect(outcomes()).toEqual(['lost']);
    expect((await run(1)).status.status_str).toBe('success');
  });

  it('refuses newcomers while old connections go on', async () => {
    await start();
    const log = await client.listen('me', false);
    node.inject({ kind: 'stop-accepting', forMs: 200 });
    const fresh = () =>
      client.get('/prompt', { headers: { connection: 'close' } }).then(
        () => undefined,
        () => true as const,
      );
    await client.poll(fresh);
    expect(log.socket.readyState).toBe(log.socket.OPEN);
    await client.poll(answers);
    await log.close();
  });

  it('drops all sockets and goes on', async () => {
    await start();
    const log = await client.listen('me');
    const closed = new Promise((resolve) => log.socket.once('close', resolve));
    node.inject({ kind: 'drop-sockets' });
    await closed;
    expect((await run(1)).status.status_str).toBe('success');
  });
});

describe('answers that lie', () => {
  it('an accepted prompt that was never queued', async () => {
    await start();
    node.inject({ kind: 'lie' });
    const id = await client.submit(wanGraph({ seed: 1 }));
    expect(await client.json('/prompt')).toEqual({ exec_info: { queue_remaining: 0 } });
    expect(await client.json(`/history/${id}`)).toEqual({});
    expect(outcomes()).toEqual(['dropped']);
  });

  it('a prompt that enters the queue after its client gave up', async () => {
    await start();
    node.inject({ kind: 'late-accept', delayMs: 1_000 });
    const patience = new AbortController();
    const answer = client
      .get('/prompt', {
        method: 'POST',
        body: JSON.stringify({ prompt: wanGraph({ seed: 1 }) }),
        signal: patience.signal,
      })
      .catch((error: unknown) => error);
    await client.poll(async () => (node.armedFaults().length === 0 ? true : undefined));
    patience.abort();
    expect(await answer).toMatchObject({ name: 'AbortError' });
    expect(node.record()).toEqual([]);
    await client.poll(async () => (outcomes()[0] === 'success' ? true : undefined));
  });

  it('a prompt that runs although its answer was lost', async () => {
    await start();
    node.inject({ kind: 'lose-answer' });
    await expect(client.post('/prompt', { prompt: wanGraph({ seed: 1 }) })).rejects.toThrow('fetch failed');
    await client.poll(async () => (outcomes()[0] === 'success' ? true : undefined));
  });

  it('500 for a number of times, on the named route alone', async () => {
    await start();
    node.inject({ kind: 'fail-route', path: '/history', times: 2 });
    const statuses = [];
    for (const path of ['/history', '/prompt', '/api/history/x', '/history'])
      statuses.push((await client.get(path)).status);
    expect(statuses).toEqual([500, 200, 500, 200]);
  });

  it('a route that hangs until the fault is cleared', async () => {
    await start();
    const slow = node.inject({ kind: 'slow-route', path: '/object_info' });
    let answered = false;
    const answer = client.get('/object_info/LoadImage').then((response) => {
      answered = true;
      return response.status;
    });
    await client.poll(async () => (node.armedFaults().length === 1 ? true : undefined));
    await client.text('/prompt');
    expect(answered).toBe(false);
    slow.clear();
    expect(await answer).toBe(200);
  });

  it('a poisoned history entry breaks the listing until it is deleted', async () => {
    await start();
    node.inject({ kind: 'poison-history' });
    const id = await client.submit(wanGraph({ seed: 1 }));
    await client.poll(async () => (outcomes()[0] === 'success' ? true : undefined));
    await run(2);
    expect([(await client.get(`/history/${id}`)).status, (await client.get('/history')).status]).toEqual([
      500, 500,
    ]);
    expect((await client.get('/history?max_items=1')).status).toBe(200);
    await client.post('/history', { delete: [id] });
    expect((await client.get('/history')).status).toBe(200);
  });

  it('an output that is no JSON ends the process when its client is connected, and breaks the listing when it is not', async () => {
    await start();
    node.inject({ kind: 'unserialisable-output', classType: 'VHS_VideoCombine', times: 2 });
    const alone = await client.submit(wanGraph({ seed: 1 }), { client_id: 'nobody' });
    await client.poll(async () => (outcomes()[0] === 'success' ? true : undefined));
    expect((await client.get(`/history/${alone}`)).status).toBe(500);
    const log = await client.listen('me');
    await client.submit(wanGraph({ seed: 2 }), { client_id: 'me' });
    await client.poll(refused);
    expect([outcomes(), log.types().includes('executed')]).toEqual([['success', 'lost'], false]);
    await node.start();
  });

  it('events held back arrive later, in order, while HTTP tells the truth', async () => {
    await start();
    const log = await client.listen('me');
    const stall = node.inject({ kind: 'stall-events' });
    const id = await client.submit(wanGraph({ seed: 1 }), { client_id: 'me' });
    await client.finished(id);
    expect(log.frames).toHaveLength(2);
    stall.clear();
    await log.untilEnd(id);
    expect(log.types().slice(2, 5)).toEqual(['status', 'status', 'execution_start']);
    await log.close();
  });
});

describe('a history that comes late', () => {
  it('is empty between execution_success and the end marker', async () => {
    await start({ historyDelayMs: 200 });
    const log = await client.listen('me');
    const id = await client.submit(wanGraph({ seed: 1 }), { client_id: 'me' });
    await log.until((frames) => frames.some((frame) => frame.startsWith('{"type": "execution_success"')));
    expect(await client.json(`/history/${id}`)).toEqual({});
    await log.untilEnd(id);
    expect(Object.keys(await client.json(`/history/${id}`))).toEqual([id]);
    await log.close();
  });
});

describe('a changing machine', () => {
  it('a removed LoRA leaves object_info, models and validation at once', async () => {
    await start();
    const [file = ''] = wanModelFiles['loras'] ?? [];
    node.inject({ kind: 'remove-model', folder: 'loras', file });
    expect(await client.text('/object_info/LoraLoaderModelOnly')).not.toContain(file);
    expect(await client.json('/models/loras')).not.toContain(file);
    const refusal = (await (await client.post('/prompt', { prompt: wanGraph() })).json()) as {
      node_errors: Record<string, { errors: { type: string }[] }>;
    };
    expect(refusal.node_errors['81']?.errors[0]?.type).toBe('value_not_in_list');
    node.inject({ kind: 'add-model', folder: 'loras', file });
    expect((await run(1)).status.status_str).toBe('success');
  });

  it('somebody else’s prompt takes its turn', async () => {
    await start();
    node.inject({ kind: 'foreign-prompt', steps: 2 });
    await client.poll(async () => (outcomes()[0] === 'success' ? true : undefined));
    expect(node.record()[0]).toMatchObject({ clientId: null, number: 0 });
  });
});

describe('the control routes', () => {
  it('inject, list and clear faults, and tell the record, from another process', async () => {
    await start();
    const inject = (spec: FaultSpec) => client.post('/__sim/faults', spec);
    expect(await (await inject({ kind: 'fail-route', path: '/' })).json()).toEqual({ id: 1 });
    expect((await client.get('/prompt')).status).toBe(500);
    expect(await client.json('/__sim/faults')).toHaveLength(1);
    await client.get('/__sim/faults', { method: 'DELETE' });
    await run(1);
    expect(await client.json('/__sim/record')).toMatchObject([{ outcome: 'success', life: 1 }]);
    expect(await (await inject({ kind: 'restart', downMs: 50 })).json()).toEqual({ id: 0 });
    await client.poll(() =>
      client.text('/history').then(
        (text) => (text === '{}' ? true : undefined),
        () => undefined,
      ),
    );
    expect(await client.json('/__sim/record')).toHaveLength(1);
  });
});
