import { once } from 'node:events';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type NativeCluster, startNativeCluster } from './cluster.js';
import { copyGraph, samplingGraph } from './graphs.js';
import { NativeClient } from './native-client.js';

const picture = (shade: number): Buffer => {
  const png = new PNG({ width: 16, height: 16 });
  png.data.fill(shade);
  return PNG.sync.write(png);
};

/** Where clients saw a cluster behave unlike one ComfyUI. */
describe('a cluster like one server', () => {
  let cluster: NativeCluster;
  let one: NativeClient;
  let other: NativeClient;

  beforeAll(async () => {
    const models = { checkpoints: ['sd15.safetensors'] };
    cluster = await startNativeCluster([
      { name: 'a', models, stepMs: 40 },
      { name: 'b', models, stepMs: 40 },
    ]);
    one = new NativeClient(cluster.url, '127.0.0.1');
    other = new NativeClient(cluster.url, '127.0.0.9');
  });
  afterAll(async () => {
    await Promise.all([one.close(), other.close()]);
    await cluster.stop();
  });

  const remainingOf = (frame: string): number =>
    (JSON.parse(frame) as { data: { status: { exec_info: { queue_remaining: number } } } }).data.status
      .exec_info.queue_remaining;

  /** As scripts do that queue, connect, and take 0 for the end. */
  async function firstFrame(clientId: string): Promise<string> {
    const socket = new WebSocket(`${cluster.url.replace('http', 'ws')}/ws?clientId=${clientId}`, {
      localAddress: '127.0.0.1',
    });
    const [data] = (await once(socket, 'message')) as [Buffer];
    socket.terminate();
    return data.toString();
  }

  it('counts an accepted prompt in the very first status and in GET /prompt until its history is there', async () => {
    for (let round = 0; round < 20; round += 1) {
      const clientId = `early-${round}`;
      const promptId = await one.submit(samplingGraph({ seed: 200 + round, steps: 2 }), {
        client_id: clientId,
      });
      const [frame, told] = await Promise.all([
        firstFrame(clientId),
        one.json<{ exec_info: { queue_remaining: number } }>('/prompt'),
      ]);
      // Asked last: what is not in the history now was not over before.
      const isOver = (await one.history(promptId)) !== undefined;
      const counts = [remainingOf(frame), told.exec_info.queue_remaining];
      expect(isOver || !counts.includes(0)).toBe(true);
      await one.finished(promptId);
    }
  });

  it('tells the owner a status when its run is accepted, when it starts and when it ends', async () => {
    const frames = await one.listen('ui');
    const promptId = await one.submit(samplingGraph({ seed: 300, steps: 30 }), { client_id: 'ui' });
    let statuses = 0;
    // Asked at each status and only then, as the web UI does.
    const seen: string[] = [];
    while (
      !frames.texts.includes(`{"type": "executing", "data": {"node": null, "prompt_id": "${promptId}"}}`)
    ) {
      await frames.until(
        () =>
          frames.types().filter((type) => type === 'status').length > statuses ||
          frames.texts.at(-1)?.includes('"node": null') === true,
      );
      const told = frames.types().filter((type) => type === 'status').length;
      if (told === statuses) break;
      statuses = told;
      const { jobs } = await one.json<{ jobs: { id: string; status: string }[] }>('/api/jobs');
      const status = jobs.find(({ id }) => id === promptId)?.status;
      if (status !== undefined && seen.at(-1) !== status) seen.push(status);
    }
    expect(seen).toContain('in_progress');
    expect(seen.at(-1)).toBe('completed');
    await frames.close();
  });

  it('lists each caller’s own uploads in the loaders that take them, and nobody else’s', async () => {
    await one.upload('mine.png', picture(10), { overwrite: 'true' });
    await one.upload('deep.png', picture(11), { subfolder: 'pasted' });
    const choices = async (client: NativeClient, path: string): Promise<string[]> => {
      const info = await client.json<Record<string, { input: { required: { image: [string[]] } } }>>(path);
      return info.LoadImage?.input.required.image[0] ?? [];
    };
    for (const path of ['/object_info/LoadImage', '/api/object_info']) {
      expect(await choices(one, path)).toContain('mine.png');
      expect(await choices(one, path)).not.toContain('deep.png');
      expect(await choices(other, path)).not.toContain('mine.png');
    }
    await one.finished(await one.submit(copyGraph('mine.png')));
    const whole = await (
      await one.get('/object_info', { headers: { 'accept-encoding': 'identity' } })
    ).text();
    expect(whole).not.toMatch(/"comfymux("|\/)/);
    expect(whole).toContain('"max": 18446744073709551615');
  });

  it('names the three-hundredth picture of one name as quickly as the third', async () => {
    const names: (string | undefined)[] = [];
    for (let index = 0; index < 40; index += 1)
      names.push((await one.upload('image.png', picture(index), { subfolder: 'pasted' })).body?.name);
    expect(names.slice(0, 3)).toEqual(['image.png', 'image (1).png', 'image (2).png']);
    expect(names.at(-1)).toBe('image (39).png');
    const again = await one.upload('image.png', picture(7), { subfolder: 'pasted' });
    expect(again.body?.name).toBe('image (7).png');
    const temp = await one.upload('image.png', picture(7), { subfolder: 'pasted', type: 'temp' });
    expect(temp.body).toEqual({ name: 'image.png', subfolder: 'pasted', type: 'temp' });
  });

  it('hands out no result of this door at the other one by its name alone', async () => {
    const entry = await one.finished(await one.submit(samplingGraph({ seed: 400, prefix: 'secret' })));
    const file = entry.outputs['9']?.images?.[0];
    if (!file) throw new Error('no picture');
    const query = new URLSearchParams({ filename: file.filename, type: 'output' }).toString();
    expect((await fetch(`${cluster.service.url}/cfui/view?${query}`)).status).toBe(404);
    expect((await other.get(`/view?${query}`)).status).toBe(404);
    const jobId = file.subfolder.split('/')[0] ?? '';
    expect((await fetch(`${cluster.service.url}/cfui/view?${query}&prompt_id=${jobId}`)).status).toBe(200);
  });

  it('lets no upload replace another caller’s file in the folder that the other doors share', async () => {
    const { database } = cluster;
    const sharedHash = async (name: string): Promise<string[]> => {
      const { rows } = await database.pool.query<{ sha256: string }>(
        `SELECT sha256 FROM upload WHERE tenant_id = 'shared' AND name = '${name}' ORDER BY id`,
      );
      return rows.map(({ sha256 }) => sha256);
    };
    await one.upload('both.png', picture(1));
    const [first] = await sharedHash('both.png');
    await other.upload('both.png', picture(2));
    expect(await sharedHash('both.png')).toEqual([first]);
    await other.upload('both.png', picture(3), { overwrite: 'true' });
    expect(await sharedHash('both.png')).toEqual([first]);
    await one.upload('both.png', picture(4), { overwrite: 'true' });
    expect(await sharedHash('both.png')).toHaveLength(2);
  });

  it('answers what the web UI asks of /internal with the caller’s own files', async () => {
    const later = await one.upload('later.png', picture(20));
    const inputs = await one.json<string[]>('/internal/files/input');
    expect(inputs[0]).toBe(later.body?.name);
    expect(await other.json('/internal/files/input')).not.toContain('later.png');
    const outputs = await one.json<string[]>('/internal/files/output');
    expect(outputs.some((name) => name.startsWith('secret_'))).toBe(true);
    expect(await other.json('/internal/files/output')).toEqual([]);
    expect((await one.get('/internal/files/models')).status).toBe(400);
    expect(await one.json('/internal/folder_paths')).toHaveProperty('checkpoints', []);
    expect((await one.get('/internal/logs')).status).toBe(403);
  });

  it('lists jobs of every door newest first by their time, with their outputs, in pages that stay', async () => {
    // Ids as clients choose them, which tell no time.
    const ids = ['ffffffff', '00000000', '88888888'].map((head) => `${head}-1111-4111-8111-111111111111`);
    for (const [index, prompt_id] of ids.entries()) {
      await one.submit(samplingGraph({ seed: 500 + index }), { prompt_id });
      await one.finished(prompt_id);
    }
    interface Page {
      jobs: { id: string; outputs: unknown[] }[];
      next_cursor: string | null;
    }
    const page = async (query: string): Promise<Page> =>
      (await (await fetch(`${cluster.service.url}/v1/jobs?${query}`)).json()) as Page;
    const first = await page('limit=2');
    await one.finished(await one.submit(samplingGraph({ seed: 600 })));
    const second = await page(`limit=2&cursor=${first.next_cursor}`);
    expect([...first.jobs, ...second.jobs].slice(0, 3).map(({ id }) => id)).toEqual(ids.toReversed());
    expect(first.jobs.map(({ outputs }) => outputs.length)).toEqual([1, 1]);
    const unknown = await fetch(`${cluster.service.url}/v1/jobs?limt=2`);
    expect(unknown.status).toBe(422);
  });
});
