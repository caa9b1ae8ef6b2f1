import { afterEach, describe, expect, it } from 'vitest';
import {
  startSimulatedNode,
  type SimulatedNode,
  type SimulatedNodeOptions,
} from '../../../src/programs/simulator/index.js';
import { ComfyClient, solidPng } from './comfy-client.js';
import { wanGraph, type Graph } from './wan-graph.js';

let node: SimulatedNode;
let client: ComfyClient;
afterEach(() => node.stop());

async function start(options: SimulatedNodeOptions = {}): Promise<void> {
  node = await startSimulatedNode(options);
  client = new ComfyClient(node.url);
  await client.upload('test.jpg', solidPng(64, 64, [200, 30, 30]));
}

/** Keeps the worker busy until cleared. */
async function block(): Promise<{ id: string; clear: () => void }> {
  const hang = node.inject({ kind: 'hang-sampling' });
  const id = await client.submit(wanGraph({ seed: 4711 }));
  await client.poll(async () => ((await queue()).running[0] === id ? true : undefined));
  return { id, clear: () => hang.clear() };
}

async function queue(): Promise<{ running: string[]; pending: string[] }> {
  const body = await client.json<Record<string, [number, string][]>>('/queue');
  const ids = (key: string): string[] => (body[key] ?? []).map(([, id]) => id);
  return { running: ids('queue_running'), pending: ids('queue_pending') };
}

const uuid = (digit: number): string => `00000000-0000-4000-8000-00000000000${digit}`;
const outcomes = (): Record<string, string | null> =>
  Object.fromEntries(node.record().map((entry) => [entry.promptId, entry.outcome]));

describe('the queue', () => {
  it('lists pending prompts in heap order and runs them by number, then id', async () => {
    await start();
    const blocker = await block();
    const numbers = [5, 1, 4, 2, 3];
    for (const [index, number] of numbers.entries())
      await client.submit(wanGraph({ seed: index }), { number, prompt_id: uuid(index) });
    expect((await queue()).pending).toEqual([1, 3, 2, 0, 4].map(uuid));
    blocker.clear();
    for (const index of numbers.keys()) await client.finished(uuid(index));
    expect(Object.keys(await client.json('/history'))).toEqual([blocker.id, ...[1, 3, 4, 2, 0].map(uuid)]);
  });

  it('counts automatic numbers, turns explicit ones into floats, and lets front overtake', async () => {
    await start();
    const blocker = await block();
    const number = async (more: object): Promise<string> => {
      const text = await (
        await client.post('/prompt', { prompt: wanGraph({ seed: 9 }), prompt_id: uuid(1), ...more })
      ).text();
      return /"number": ([^,]+)/.exec(text)?.[1] ?? text;
    };
    expect(await number({})).toBe('1');
    expect(await number({ number: 7, prompt_id: uuid(2) })).toBe('7.0');
    expect(await number({ front: true, prompt_id: uuid(3) })).toBe('-2');
    expect(await number({ number: 'x', prompt_id: uuid(4) })).toContain('500 Internal Server Error');
    expect((await queue()).pending[0]).toBe(uuid(3));
    blocker.clear();
  });

  it('deletes and clears pending prompts without a trace, telling only the new count', async () => {
    await start();
    const blocker = await block();
    const log = await client.listen('watcher', false);
    for (const index of [1, 2, 3]) await client.submit(wanGraph({ seed: index }), { prompt_id: uuid(index) });
    const count = (frames: readonly string[]): string =>
      frames.map((frame) => /queue_remaining": (\d+)/.exec(frame)?.[1]).join('');
    expect((await client.post('/queue', { delete: [uuid(2), 'unknown'] })).status).toBe(200);
    expect((await queue()).pending).toEqual([uuid(1), uuid(3)]);
    await client.post('/queue', { clear: true });
    expect((await queue()).pending).toEqual([]);
    await client.submit(wanGraph({ seed: 4 }), { prompt_id: uuid(4) });
    await client.post('/queue', { delete: [uuid(4)] });
    await log.until((frames) => frames.length >= 9);
    expect(count(log.frames)).toBe('123431211');
    blocker.clear();
    await client.finished(blocker.id);
    expect(outcomes()).toMatchObject({ [uuid(1)]: 'deleted', [uuid(4)]: 'deleted', [blocker.id]: 'success' });
  });

  it('queues a twin of a pending id and number, although it answers 500', async () => {
    await start();
    const blocker = await block();
    const twin = { number: 5, prompt_id: uuid(1) };
    expect((await client.post('/prompt', { prompt: wanGraph(), ...twin })).status).toBe(200);
    const second = await client.post('/prompt', { prompt: wanGraph(), ...twin });
    expect([second.status, await second.text()]).toEqual([
      500,
      '500 Internal Server Error\n\nServer got itself in trouble',
    ]);
    expect((await queue()).pending).toEqual([uuid(1), uuid(1)]);
    blocker.clear();
  });
});

describe('interrupts', () => {
  it('stop the prompt they name, and leave others alone', async () => {
    await start({ stepMs: 10_000 });
    const [running, pending] = [
      await client.submit(wanGraph({ seed: 1 })),
      await client.submit(wanGraph({ seed: 2 })),
    ];
    await client.poll(async () => ((await queue()).running[0] === running ? true : undefined));
    await client.post('/interrupt', { prompt_id: pending });
    expect(await queue()).toEqual({ running: [running], pending: [pending] });
    await client.post('/queue', { delete: [pending] });
    const entry = await untilInterrupted(running);
    expect(entry.status).toMatchObject({ status_str: 'error', completed: false });
    expect(entry.status.messages.at(-1)?.[0]).toBe('execution_interrupted');
    expect(outcomes()).toEqual({ [running]: 'interrupted', [pending]: 'deleted' });
    expect(await client.json(`/api/jobs/${running}`)).toMatchObject({ status: 'cancelled' });
  });

  it('are global before 0.3.57, whatever the body says', async () => {
    await start({ version: '0.3.56', stepMs: 500 });
    const running = await client.submit(wanGraph({ seed: 1 }));
    await client.poll(async () => ((await queue()).running[0] === running ? true : undefined));
    await client.poll(async () => {
      await client.post('/interrupt', { prompt_id: 'another' });
      return (await queue()).running.length === 0 ? true : undefined;
    });
    expect(outcomes()).toEqual({ [running]: 'interrupted' });
  });

  it('are lost between being listed as running and the start', async () => {
    await start({ lostFlagWindowMs: 300 });
    const id = await client.submit(wanGraph({ seed: 1 }));
    await client.post('/interrupt', { prompt_id: id });
    expect((await client.finished(id)).status.status_str).toBe('success');
  });

  async function untilInterrupted(id: string) {
    return client.poll(async () => {
      await client.post('/interrupt', { prompt_id: id });
      return (
        await client.json<Record<string, Awaited<ReturnType<ComfyClient['finished']>>>>(`/history/${id}`)
      )[id];
    });
  }
});

describe('events', () => {
  it('go to the prompt’s client alone; others see only the count', async () => {
    await start();
    const [owner, other] = [await client.listen('owner'), await client.listen('other')];
    const id = await client.submit(wanGraph(), { client_id: 'owner' });
    await owner.untilEnd(id);
    await other.until(
      (frames) => frames.at(-1)?.includes('"queue_remaining": 0') === true && frames.length > 3,
    );
    expect(new Set(other.types())).toEqual(new Set(['status', 'feature_flags']));
    await Promise.all([owner.close(), other.close()]);
  });

  it('of a prompt without client reach everyone only as progress', async () => {
    await start();
    const log = await client.listen('anyone', false);
    await client.finished(await client.submit(wanGraph()));
    await log.until(
      (frames) =>
        frames.at(-1) === '{"type": "status", "data": {"status": {"exec_info": {"queue_remaining": 0}}}}' &&
        frames.length > 4,
    );
    expect(new Set(log.types())).toEqual(new Set(['status', 'progress', 'progress_state']));
    await log.close();
  });

  it('stop for a socket whose predecessor of the same id closes after it came', async () => {
    await start();
    const first = await client.listen('same');
    const second = await client.listen('same');
    await first.close();
    const before = second.frames.length;
    const control = await client.listen('control', false);
    await client.finished(await client.submit(wanGraph()));
    await control.until((frames) => frames.length > 4);
    expect(second.frames.length).toBe(before);
    await Promise.all([second.close(), control.close()]);
  });

  it('tell a reconnecting client which node runs', async () => {
    await start();
    const hang = node.inject({ kind: 'hang-sampling' });
    const id = await client.submit(wanGraph(), { client_id: 'back' });
    await client.poll(async () => ((await queue()).running[0] === id ? true : undefined));
    const second = await client.poll(async () => {
      const log = await client.listen('back', false);
      await client.text('/prompt');
      await log.close();
      return log.frames[1]?.includes('"57"') === true ? log.frames[1] : undefined;
    });
    expect(second).toBe('{"type": "executing", "data": {"node": "57"}}');
    hang.clear();
  });

  it('carry previews: bare, or with metadata for clients that ask', async () => {
    await start({ previewMethod: 'auto' });
    const [rich, plain] = [await client.listen('rich'), await client.listen('plain', false)];
    await rich.untilEnd(await client.submit(wanGraph({ seed: 1 }), { client_id: 'rich' }));
    await plain.untilEnd(await client.submit(wanGraph({ seed: 2 }), { client_id: 'plain' }));
    expect(rich.binary.map((frame) => frame.readUInt32BE(0))).toEqual([4, 4, 4, 4]);
    const size = rich.binary[0]?.readUInt32BE(4) ?? 0;
    expect(JSON.parse(rich.binary[0]?.toString('utf8', 8, 8 + size) ?? '')).toMatchObject({
      node_id: '57',
      image_type: 'image/jpeg',
    });
    expect(
      plain.binary.map((frame) => [frame.readUInt32BE(0), frame.readUInt32BE(4), frame.readUInt16BE(8)])[0],
    ).toEqual([1, 1, 0xffd8]);
    await Promise.all([rich.close(), plain.close()]);
  });
});

describe('the cache', () => {
  it('is keyed by what makes the result: seed, text and the picture’s bytes, not names of nodes', async () => {
    await start();
    const first = await client.finished(await client.submit(wanGraph({ seed: 1 })));
    const same = await client.finished(await client.submit(wanGraph({ seed: 1 })));
    expect(same.outputs).toEqual(first.outputs);
    await client.upload('test.jpg', solidPng(64, 64, [1, 2, 3]), { overwrite: 'true' });
    const other = await client.finished(await client.submit(wanGraph({ seed: 1 })));
    expect(other.outputs['76']?.['gifs']?.[0]?.filename).toBe('i2v_00002.mp4');
    expect(node.record().map((entry) => [entry.ranNodes.length, entry.loads])).toEqual([
      [21, 2],
      [0, 0],
      [7, 0],
    ]);
  });

  it('forgets the other workflow each time in classic mode, as before 0.23', async () => {
    await start({ version: '0.22.0' });
    for (const seed of [1, 2, 1]) await client.finished(await client.submit(wanGraph({ seed })));
    expect(node.record().map((entry) => entry.ranNodes.length)).toEqual([21, 4, 4]);
  });

  it('is dropped by free_memory, and models by unload_models', async () => {
    await start();
    await client.finished(await client.submit(wanGraph({ seed: 1 })));
    expect((await client.post('/free', { unload_models: true, free_memory: true })).status).toBe(200);
    await client.finished(await client.submit(wanGraph({ seed: 1 })));
    expect(node.record().map((entry) => [entry.ranNodes.length, entry.loads])).toEqual([
      [21, 2],
      [21, 2],
    ]);
  });
});

describe('graphs the server should have refused', () => {
  it('kill the worker thread: a lonely node without inputs', async () => {
    await start();
    const graph = { ...wanGraph(), '99': { class_type: 'VAEDecode' } } as unknown as Graph;
    const id = await client.submit(graph);
    const next = await client.submit(wanGraph({ seed: 5 }));
    await client.poll(async () => ((await queue()).running[0] === id ? true : undefined));
    await client.post('/interrupt', {});
    expect(await queue()).toEqual({ running: [id], pending: [next] });
    await node.restart();
    expect(outcomes()).toEqual({ [id]: 'lost', [next]: 'lost' });
  });

  it('end the process: a client id that is an object', async () => {
    await start();
    await client.post('/prompt', { prompt: wanGraph(), client_id: { a: 1 } }).catch(() => undefined);
    await client.poll(async () =>
      client.text('/prompt').then(
        () => undefined,
        () => true,
      ),
    );
    expect(node.isRunning).toBe(false);
  });

  it('run, but break /api/jobs: extra_pnginfo null', async () => {
    await start();
    const id = await client.submit(wanGraph(), { extra_data: { extra_pnginfo: null } });
    await client.finished(id);
    expect((await client.get('/api/jobs')).status).toBe(500);
    await client.post('/history', { delete: [id] });
    expect((await client.get('/api/jobs')).status).toBe(200);
  });
});
