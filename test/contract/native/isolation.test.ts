import { randomUUID } from 'node:crypto';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mayTouchSql } from '../../../src/doors/native/domain/may-touch.js';
import { eventually } from '../../support/poll.js';
import { type NativeCluster, startNativeCluster } from './cluster.js';
import { copyGraph, samplingGraph } from './graphs.js';
import { NativeClient } from './native-client.js';

describe('two clients at once', () => {
  let cluster: NativeCluster;
  let ann: NativeClient;
  let bob: NativeClient;

  beforeAll(async () => {
    cluster = await startNativeCluster([
      { name: 'a', models: { checkpoints: ['sd15.safetensors'] }, stepMs: 30, previewMethod: 'auto' },
    ]);
    ann = new NativeClient(cluster.url, '127.0.0.2');
    bob = new NativeClient(cluster.url, '127.0.0.3');
  });
  afterAll(async () => {
    await Promise.all([ann.close(), bob.close()]);
    await cluster.stop();
  });

  it('each hears, sees and fetches its own and nothing of the other', async () => {
    // Even with one client id: a stranger who knows it gets nothing for it.
    const clientId = randomUUID();
    const [annHears, bobHears] = [await ann.listen(clientId), await bob.listen(clientId)];
    const annsId = await ann.submit(samplingGraph({ seed: 1, steps: 8, prefix: 'same' }), {
      client_id: clientId,
    });
    const bobsId = await bob.submit(samplingGraph({ seed: 2, steps: 8, prefix: 'same' }), {
      client_id: clientId,
    });
    const [annsQueue, bobsQueue] = [
      await (await ann.get('/queue')).text(),
      await (await bob.get('/queue')).text(),
    ];
    expect([annsQueue.includes(bobsId), bobsQueue.includes(annsId)]).toEqual([false, false]);
    expect(bobsQueue).toContain(bobsId);
    await Promise.all([annHears.untilEnd(annsId), bobHears.untilEnd(bobsId)]);
    for (const [frames, foreign] of [
      [annHears, bobsId],
      [bobHears, annsId],
    ] as const) {
      expect(frames.texts.filter((text) => text.includes(foreign))).toEqual([]);
      expect(frames.binary.filter((frame) => frame.includes(foreign))).toEqual([]);
      expect(frames.binary.length).toBeGreaterThan(0);
    }
    expect(Object.keys(await ann.json<object>('/history'))).toEqual([annsId]);
    expect(await ann.json(`/history/${bobsId}`)).toEqual({});
    expect((await ann.get(`/api/jobs/${bobsId}`)).status).toBe(404);
    expect((await ann.json<{ jobs: { id: string }[] }>('/api/jobs')).jobs.map(({ id }) => id)).toEqual([
      annsId,
    ]);
    const bobsFile = (await bob.history(bobsId))?.outputs['9']?.images?.[0];
    if (!bobsFile) throw new Error('no picture');
    expect((await bob.view(bobsFile)).length).toBeGreaterThan(0);
    expect((await ann.get(`/view?${new URLSearchParams({ ...bobsFile }).toString()}`)).status).toBe(404);
    await Promise.all([annHears.close(), bobHears.close()]);
  });

  it('two pages at one address, told apart by their sessions, share nothing either', async () => {
    const [red, blue] = [picture(200, 0), picture(0, 200)];
    const pages = await Promise.all([1, 2].map(() => openPage()));
    const clientId = randomUUID();
    const [mine, theirs] = await Promise.all(
      pages.map(async (page, index) => {
        const frames = await page.listen(clientId);
        await page.upload('input.png', index === 0 ? red : blue);
        const graph = {
          ...samplingGraph({ seed: 20 + index, steps: 8, prefix: 'page' }),
          '10': { class_type: 'PreviewImage', inputs: { images: ['8', 0] } },
        };
        const promptId = await page.submit(graph, { client_id: clientId });
        return { page, frames, promptId };
      }),
    );
    if (!mine || !theirs) throw new Error('no pages');
    const pairs = [
      [mine, theirs],
      [theirs, mine],
    ] as const;
    for (const [own, other] of pairs) {
      const queue = await (await own.page.get('/queue')).text();
      expect([queue.includes(own.promptId), queue.includes(other.promptId)]).toEqual([true, false]);
    }
    for (const [own, other] of pairs) {
      await own.frames.untilEnd(own.promptId);
      expect(own.frames.binary.length).toBeGreaterThan(0);
      for (const frame of [...own.frames.texts, ...own.frames.binary])
        expect(frame.includes(other.promptId)).toBe(false);
    }
    for (const [own, other] of pairs) {
      expect(Object.keys(await own.page.json<object>('/history'))).toEqual([own.promptId]);
      expect(await own.page.json(`/history/${other.promptId}`)).toEqual({});
      expect((await own.page.get(`/api/jobs/${other.promptId}`)).status).toBe(404);
      const outputs = (await other.page.history(other.promptId))?.outputs;
      const files = [outputs?.['9']?.images?.[0], outputs?.['10']?.images?.[0]];
      expect(files.map((file) => file?.type)).toEqual(['output', 'temp']);
      for (const file of files) {
        const query = new URLSearchParams({ ...file }).toString();
        for (const more of ['', '&preview=webp', '&channel=rgb'])
          expect((await own.page.get(`/view?${query}${more}`)).status).toBe(404);
        expect((await other.page.get(`/view?${query}`)).status).toBe(200);
        const value = `${file?.subfolder}/${file?.filename} [${file?.type}]`;
        expect((await own.page.post('/prompt', { prompt: copyGraph(value) })).status).toBe(400);
      }
      await own.page.post('/history', { delete: [other.promptId], clear: false });
      expect(await other.page.history(other.promptId)).toBeDefined();
      const input = await own.page.view({ filename: 'input.png', subfolder: '', type: 'input' });
      expect(input).toEqual(own === mine ? red : blue);
      await own.frames.close();
    }
    await Promise.all(pages.map((page) => page.close()));
  });

  it('two clients at one address that tell their ids touch nothing of each other’s', async () => {
    const [id, other] = [randomUUID(), randomUUID()];
    const [frames, strange] = [await ann.listen(id), await ann.listen(other)];
    const running = await ann.submit(samplingGraph({ seed: 30, steps: 60 }), { client_id: id });
    const waiting = await ann.submit(samplingGraph({ seed: 31, steps: 2 }), { client_id: id });
    await frames.until(() => frames.storyOf(running).includes('executing 3'));
    const asOther = `client_id=${other}`;
    expect(await ann.json(`/queue?${asOther}`)).toEqual({ queue_running: [], queue_pending: [] });
    await ann.post(`/interrupt?${asOther}`, '');
    await ann.post(`/interrupt?${asOther}`, { prompt_id: running });
    await ann.post(`/queue?${asOther}`, { delete: [waiting], clear: true });
    for (const promptId of [running, waiting])
      expect(await (await ann.post(`/api/jobs/${promptId}/cancel?clientId=${other}`, {})).json()).toEqual({
        cancelled: false,
      });
    await frames.untilEnd(waiting);
    for (const promptId of [running, waiting])
      expect(frames.storyOf(promptId).slice(-2)).toEqual(['execution_success', 'executing null']);
    expect(await ann.json(`/history/${running}?${asOther}`)).toEqual({});
    expect(await ann.json(`/history?${asOther}`)).toEqual({});
    expect(await ann.json<{ jobs: unknown[] }>(`/api/jobs?${asOther}`)).toMatchObject({ jobs: [] });
    await ann.post(`/history?${asOther}`, { delete: [running], clear: true });
    const file = (await ann.history(running))?.outputs['9']?.images?.[0];
    const query = new URLSearchParams({ ...file }).toString();
    expect((await ann.get(`/view?${query}&${asOther}`)).status).toBe(404);
    expect((await ann.get(`/view?${query}&client_id=${id}`)).status).toBe(200);
    expect(strange.types().filter((type) => type !== 'status' && type !== 'feature_flags')).toEqual([]);
    expect(strange.binary).toEqual([]);
    await Promise.all([frames.close(), strange.close()]);
  });

  it('one cannot cancel, interrupt, delete or clear what is the other’s', async () => {
    const running = await ann.submit(samplingGraph({ seed: 3, steps: 60 }));
    const waiting = await ann.submit(samplingGraph({ seed: 4, steps: 2 }));
    await eventually(
      async () => (await ann.json<{ queue_running: unknown[] }>('/queue')).queue_running.length === 1,
    );
    await bob.post('/interrupt', '');
    await bob.post('/interrupt', { prompt_id: running });
    await bob.post('/queue', { delete: [waiting], clear: true });
    expect(await (await bob.post(`/api/jobs/${running}/cancel`, {})).json()).toEqual({ cancelled: false });
    expect(await (await bob.post('/api/jobs/cancel', { job_ids: [running, waiting] })).json()).toEqual({
      cancelled: false,
    });
    expect((await ann.finished(running)).status.status_str).toBe('success');
    expect((await ann.finished(waiting)).status.status_str).toBe('success');
    await bob.post('/history', { delete: [running], clear: true });
    expect(await ann.history(running)).toBeDefined();
  });

  it('each has an input folder of its own, with ComfyUI’s renaming', async () => {
    const [red, blue] = [picture(200, 0), picture(0, 200)];
    expect((await ann.upload('x.png', red)).body).toEqual({ name: 'x.png', subfolder: '', type: 'input' });
    expect((await bob.upload('x.png', blue)).body?.name).toBe('x.png');
    expect((await ann.upload('x.png', red)).body?.name).toBe('x.png');
    expect((await ann.upload('x.png', blue)).body?.name).toBe('x (1).png');
    expect((await ann.upload('x.png', blue, { subfolder: 'deep/er' })).body).toEqual({
      name: 'x.png',
      subfolder: 'deep/er',
      type: 'input',
    });
    expect((await ann.upload('x.png', blue, { overwrite: 'true' })).body?.name).toBe('x.png');
    expect(await ann.view({ filename: 'x.png', subfolder: '', type: 'input' })).toEqual(blue);
    expect(await bob.view({ filename: 'x.png', subfolder: '', type: 'input' })).toEqual(blue);
    await ann.upload('secret.png', red);
    expect((await bob.get('/view?filename=secret.png&type=input')).status).toBe(404);
    const refused = await bob.post('/prompt', { prompt: copyGraph('secret.png') });
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining('Invalid image file: secret.png'),
    ]);
    const ended = await bob.finished(await bob.submit(copyGraph('x.png')));
    const copied = ended.outputs['2']?.images?.[0];
    if (!copied) throw new Error('no copy');
    expect([...PNG.sync.read(await bob.view(copied)).data.subarray(0, 3)]).toEqual([0, 0, 200]);
  });

  it('the rule: the same place, and the same client where both say who they are', async () => {
    const owners = ['a', 'b'].flatMap((place) => [null, 'x', 'y'].map((clientId) => ({ place, clientId })));
    for (const place of ['a', 'b', ''])
      for (const clientId of [undefined, 'x', 'y', '']) {
        const { rows } = await cluster.database.pool.query<{ may: boolean }>(
          `SELECT COALESCE(${mayTouchSql}, FALSE) AS may FROM jsonb_to_recordset($3) AS p (place text, client_id text)`,
          [
            place,
            clientId ?? null,
            JSON.stringify(owners.map((owner) => ({ place: owner.place, client_id: owner.clientId }))),
          ],
        );
        expect(rows.map(({ may }) => may)).toEqual(
          owners.map(
            (owner) =>
              owner.place === place &&
              (clientId === undefined || owner.clientId === null || owner.clientId === clientId),
          ),
        );
      }
  });

  it('keeps path tricks out of uploads and views', async () => {
    for (const query of ['filename=../x', 'filename=/etc/passwd', 'filename=', 'filename=x&type=secret'])
      expect((await ann.get(`/view?${query}`)).status).toBe(400);
    expect((await ann.get('/view')).status).toBe(404);
    expect((await ann.get('/view?filename=x&subfolder=../..')).status).toBe(403);
    expect((await ann.upload('x.png', picture(1, 1), { subfolder: '../..' })).status).toBe(400);
    expect((await ann.upload('x.png', picture(1, 1), { type: 'etc' })).status).toBe(400);
    expect((await ann.post('/upload/image', '')).status).toBe(400);
  });

  it('cancels its own: a waiting prompt leaves no trace, a running one is told interrupted', async () => {
    const clientId = randomUUID();
    const frames = await ann.listen(clientId);
    const running = await ann.submit(samplingGraph({ seed: 5, steps: 200 }), { client_id: clientId });
    const waiting = await ann.submit(samplingGraph({ seed: 6 }), { client_id: clientId });
    await frames.until(() => frames.storyOf(running).includes('executing 3'));
    await ann.post('/queue', { delete: [waiting] });
    await ann.post('/interrupt', { prompt_id: running });
    await frames.untilEnd(running);
    expect(frames.storyOf(running).slice(-2)).toEqual(['execution_interrupted', 'executing null']);
    expect((await ann.history(running))?.status).toMatchObject({ status_str: 'error', completed: false });
    expect(await ann.json<{ status: string }>(`/api/jobs/${running}`)).toMatchObject({ status: 'cancelled' });
    expect(await ann.history(waiting)).toBeUndefined();
    expect((await ann.get(`/api/jobs/${waiting}`)).status).toBe(404);
    expect(frames.storyOf(waiting)).toEqual([]);
    await ann.post('/history', { delete: [running] });
    expect(await ann.history(running)).toBeUndefined();
    await frames.close();
  });

  it('hands credentials to the run, and neither lists nor stores them in clear', async () => {
    const secret = `comfyui-${randomUUID()}`;
    const promptId = await ann.submit(samplingGraph({ seed: 7, steps: 20 }), {
      extra_data: { api_key_comfy_org: secret, auth_token_comfy_org: secret, note: 'kept' },
    });
    const { rows } = await cluster.database.pool.query<{ text: string }>(
      "SELECT i::text || encode(p.secrets, 'escape') AS text FROM job_input i JOIN job_prompt p USING (job_id) WHERE job_id = $1",
      [promptId],
    );
    expect(rows[0]?.text).toContain('kept');
    expect(rows[0]?.text).not.toContain(secret);
    expect(await (await ann.get('/queue')).text()).not.toContain(secret);
    const entry = await ann.finished(promptId);
    expect(JSON.stringify(entry)).not.toContain(secret);
    expect(entry.prompt[3]).toMatchObject({ note: 'kept' });
    const left = await cluster.database.pool.query('SELECT 1 FROM job_prompt WHERE secrets IS NOT NULL');
    expect(left.rows).toEqual([]);
    expect(cluster.service.output()).not.toContain(secret);
  });

  it('keeps settings and user files, each its own', async () => {
    expect((await ann.post('/settings', { 'Comfy.A': 1.5, b: 'x' })).status).toBe(200);
    expect((await ann.post('/api/settings/c', '[1]')).status).toBe(200);
    expect(await ann.json('/settings')).toEqual({ 'Comfy.A': 1.5, b: 'x', c: [1] });
    expect(await ann.json('/settings/none')).toBeNull();
    expect(await bob.json('/settings')).toEqual({});
    expect(
      await (await ann.post('/api/userdata/workflows%2Fa.json?overwrite=false', '{"n": 1}')).json(),
    ).toBe('workflows/a.json');
    expect((await ann.post('/userdata/workflows%2Fa.json?overwrite=false', '{}')).status).toBe(409);
    expect(await ann.json('/userdata?dir=workflows')).toEqual(['a.json']);
    expect(await (await ann.get('/userdata/workflows%2Fa.json')).text()).toBe('{"n": 1}');
    expect((await bob.get('/userdata/workflows%2Fa.json')).status).toBe(404);
    expect((await ann.post('/userdata/workflows%2Fa.json/move/b.json', '')).status).toBe(200);
    expect((await ann.get('/userdata/b.json', { method: 'DELETE' })).status).toBe(204);
    expect((await ann.get('/userdata/..%2Fx')).status).toBe(403);
  });

  /** A browser that has just opened the page, at the address of all the others. */
  async function openPage(): Promise<NativeClient> {
    const page = new NativeClient(cluster.url, '127.0.0.4');
    const { headers } = await page.get('/', { headers: { accept: 'text/html' } });
    const [cookie] = (headers.get('set-cookie') ?? '').split(';');
    if (!cookie?.startsWith('comfymux_session=')) throw new Error('no session');
    page.cookie = cookie;
    return page;
  }
});

function picture(red: number, blue: number): Buffer {
  const png = new PNG({ width: 8, height: 8 });
  for (let at = 0; at < png.data.length; at += 4) png.data.set([red, 0, blue, 255], at);
  return PNG.sync.write(png);
}
