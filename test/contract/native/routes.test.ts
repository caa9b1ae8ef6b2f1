import { randomUUID } from 'node:crypto';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../support/poll.js';
import { type NativeCluster, startNativeCluster } from './cluster.js';
import { copyGraph, samplingGraph } from './graphs.js';
import { NativeClient } from './native-client.js';

interface Jobs {
  jobs: { id: string; status: string }[];
  pagination: { offset: number; limit: number | null; total: number; has_more: boolean };
}

/** Behind a proxy, open to pages of other sites, with one path of the nodes opened. */
describe('the routes of one ComfyUI', () => {
  let cluster: NativeCluster;
  let client: NativeClient;

  beforeAll(async () => {
    cluster = await startNativeCluster(
      [
        { name: 'a', models: { checkpoints: ['sd15.safetensors'] }, stepMs: 20 },
        { name: 'b', models: { checkpoints: ['only-b.safetensors'] }, stepMs: 20 },
      ],
      { AUTH: 'off', TRUST_PROXY: 'on', NATIVE_CORS_ORIGIN: 'https://ui.example', NATIVE_ALLOW: '/free' },
    );
    client = new NativeClient(cluster.url);
  });
  afterAll(async () => {
    await client.close();
    await cluster.stop();
  });

  it('list history and jobs in pages, filtered and sorted', async () => {
    const ids: string[] = [];
    for (const seed of [1, 2, 3]) {
      const more = seed === 2 ? { extra_data: { extra_pnginfo: { workflow: { id: 'w' } } } } : {};
      ids.push(await client.submit(samplingGraph({ seed, steps: 1 + 20 * (3 - seed) }), more));
      await client.finished(ids[ids.length - 1] ?? '');
    }
    const historyOf = async (query: string) =>
      Object.keys(await client.json<object>(`/api/history?${query}`));
    expect(await historyOf('')).toEqual(ids);
    expect(await historyOf('max_items=2')).toEqual(ids.slice(1));
    expect(await historyOf('max_items=1&offset=1')).toEqual([ids[1]]);
    expect(await historyOf('max_items=0')).toEqual([]);
    const jobsOf = async (query: string) => {
      const { jobs, pagination } = await client.json<Jobs>(`/api/jobs?${query}`);
      return { ids: jobs.map(({ id }) => id), ...pagination };
    };
    const all = { offset: 0, limit: null, total: 3, has_more: false };
    expect(await jobsOf('')).toEqual({ ...all, ids: ids.toReversed() });
    expect(await jobsOf('sort_order=asc&limit=2')).toEqual({
      ...all,
      limit: 2,
      has_more: true,
      ids: ids.slice(0, 2),
    });
    expect(await jobsOf('sort_order=asc&limit=2&offset=2')).toEqual({
      ...all,
      limit: 2,
      offset: 2,
      ids: ids.slice(2),
    });
    expect((await jobsOf('sort_by=execution_duration')).ids).toEqual(ids);
    expect((await jobsOf('status=completed')).total).toBe(3);
    expect((await jobsOf('status=failed,pending')).total).toBe(0);
    expect((await jobsOf('workflow_id=w')).ids).toEqual([ids[1]]);
    for (const [query, error] of [
      ['limit=0', 'limit must be a positive integer'],
      ['limit=x', 'limit must be an integer'],
      ['offset=x', 'offset must be an integer'],
      ['sort_by=x', "sort_by must be 'created_at' or 'execution_duration'"],
      ['sort_order=x', "sort_order must be 'asc' or 'desc'"],
    ]) {
      const refusal = await client.get(`/api/jobs?${query}`);
      expect([refusal.status, await refusal.json()]).toEqual([400, { error }]);
    }
    expect((await client.get('/jobs')).status).toBe(404);
  });

  it('serve a stored file in ranges, and nothing to whoever has it already', async () => {
    const bytes = PNG.sync.write(new PNG({ width: 16, height: 16 }));
    await client.upload('ranges.png', bytes);
    const path = '/view?filename=ranges.png%20[input]';
    const whole = await client.get(path);
    const etag = whole.headers.get('etag') ?? '';
    expect([whole.headers.get('content-type'), whole.headers.get('accept-ranges')]).toEqual([
      'image/png',
      'bytes',
    ]);
    expect(Buffer.from(await whole.arrayBuffer())).toEqual(bytes);
    const part = await client.get(path, { headers: { range: 'bytes=2-5' } });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 2-5/${bytes.length}`]);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(2, 6));
    expect((await client.get(path, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const head = await client.get(path, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.length)]);
    await client.upload('page.html', Buffer.from('<script>1</script>'));
    const page = await client.get('/view?filename=page.html&type=input');
    expect([page.headers.get('content-type'), page.headers.get('content-disposition')]).toEqual([
      'application/octet-stream',
      'attachment; filename="page.html"',
    ]);
  });

  it('show a result while its run goes on, to its client alone', async () => {
    await client.upload('early.png', PNG.sync.write(new PNG({ width: 24, height: 8 })));
    const clientId = randomUUID();
    const frames = await client.listen(clientId);
    const { '1': load, '2': save } = copyGraph('early.png');
    const graph = { ...samplingGraph({ seed: 9, steps: 500 }), '1': load, '2': save };
    const promptId = await client.submit(graph, { client_id: clientId });
    const file = await eventually(async () => {
      const told = frames.messages().find(({ type, data }) => type === 'executed' && data.node === '2');
      return (told?.data.output as { images: Record<string, string>[] } | undefined)?.images[0];
    });
    const query = new URLSearchParams(file).toString();
    const picture = await client.get(`/view?${query}`);
    expect(PNG.sync.read(Buffer.from(await picture.arrayBuffer())).width).toBe(24);
    expect((await client.get(`/view?${query}`, { headers: { range: 'bytes=0-3' } })).status).toBe(206);
    const strange = { 'x-forwarded-for': '10.1.1.1' };
    expect((await client.get(`/view?${query}`, { headers: strange })).status).toBe(404);
    expect((await client.json<Jobs>('/api/jobs?status=in_progress')).jobs.map(({ id }) => id)).toEqual([
      promptId,
    ]);
    await client.post('/interrupt', { prompt_id: promptId });
    await frames.untilEnd(promptId);
    await frames.close();
  });

  it('tell callers apart by the address that the proxy saw', async () => {
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
    const body = JSON.stringify({ prompt: samplingGraph({ seed: 20 }) });
    const answer = await client.get('/prompt', { method: 'POST', body, ...from('10.1.1.2') });
    const { prompt_id: promptId } = (await answer.json()) as { prompt_id: string };
    const entry = await eventually(async () => {
      const found = await (await client.get(`/history/${promptId}`, from('10.1.1.2'))).json();
      return Object.keys(found as object)[0];
    });
    expect(entry).toBe(promptId);
    for (const address of ['10.1.1.3', '127.0.0.1'])
      expect(await (await client.get(`/history/${promptId}`, from(address))).json()).toEqual({});
  });

  it('follow what nodes can run, without a word from a client', async () => {
    cluster.nodes[1]?.inject({ kind: 'add-model', folder: 'checkpoints', file: 'new-on-b.safetensors' });
    // Reading the inventory may take a twentieth of a node's time: where a reading is slow, the next comes late.
    const patience = { timeoutMs: 50_000 };
    await eventually(
      async () =>
        (await (await client.get('/object_info/CheckpointLoaderSimple')).text()).includes(
          'new-on-b.safetensors',
        ),
      patience,
    );
    await eventually(
      async () => (await client.json<string[]>('/models/checkpoints')).includes('new-on-b.safetensors'),
      patience,
    );
    const entry = await client.finished(
      await client.submit(samplingGraph({ checkpoint: 'new-on-b.safetensors', seed: 30 })),
    );
    expect(entry.status.status_str).toBe('success');
    expect(await client.json('/object_info/Nope')).toEqual({});
  });

  it('pass the web UI from one node, and what the operator opened', async () => {
    const page = await client.get('/', { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('set-cookie')]).toEqual([
      200,
      expect.stringMatching(/^comfymux_session=[0-9a-f]{32}\.[\w-]{43}; .*HttpOnly; SameSite=Lax/),
    ]);
    for (const path of ['/api/extensions', '/i18n', '/workflow_templates', '/global_subgraphs'])
      expect((await client.get(path)).status).toBe(200);
    expect(await client.json('/users')).toEqual({ storage: 'server', migrated: true });
    expect((await client.post('/api/free', {})).status).toBe(403);
    expect((await client.post('/free', { unload_models: true })).status).toBe(200);
    const assets = await client.get('/api/assets');
    expect([assets.status, await assets.text()]).toEqual([503, expect.stringContaining('SERVICE_DISABLED')]);
  });

  it.each([
    ['/queue', '/prompt'],
    ['/api/v2/jobs', '/api/v2/jobs'],
  ])('answer pages of the site that may use them: %s', async (read, changed) => {
    const headers = { origin: 'https://ui.example' };
    const answer = await client.get(read, { headers });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([
      200,
      'https://ui.example',
    ]);
    const asked = await client.get(changed, { method: 'OPTIONS', headers });
    expect([asked.status, asked.headers.get('access-control-allow-methods')]).toEqual([
      200,
      expect.stringContaining('POST'),
    ]);
    const statusOf = async (origin: string): Promise<number> =>
      (await client.get(changed, { method: 'POST', headers: { origin }, body: '{}' })).status;
    expect(await statusOf('https://evil.example')).toBe(403);
    expect(await statusOf('https://ui.example')).not.toBe(403);
  });
});
