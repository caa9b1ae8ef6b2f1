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

async function start(options: SimulatedNodeOptions): Promise<void> {
  node = await startSimulatedNode(options);
  client = new ComfyClient(node.url);
  await client.upload('test.jpg', solidPng(64, 64, [200, 30, 30]));
}

const refusalOf = async (body: object) =>
  (await client.post('/prompt', body)).json() as Promise<{
    error: { type: string; message: string; details: string };
    node_errors: Record<string, { errors: { type: string; details: string; extra_info: unknown }[] }>;
  }>;

describe('prompt ids', () => {
  it('must be canonical UUIDs since 0.25', async () => {
    await start({});
    for (const id of ['x', 12, '0A0A0A0A-0000-4000-8000-000000000000', '00000000000040008000000000000000']) {
      expect((await refusalOf({ prompt: wanGraph(), prompt_id: id })).error.type).toBe('invalid_prompt_id');
    }
    expect(await client.submit(wanGraph(), { prompt_id: null })).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('are any text from 0.3.45, and ignored before', async () => {
    await start({ version: '0.24.0' });
    expect([
      await client.submit(wanGraph(), { prompt_id: 12 }),
      await client.submit(wanGraph(), { prompt_id: null }),
    ]).toEqual(['12', 'None']);
    await node.stop();
    await start({ version: '0.3.44' });
    expect(await client.submit(wanGraph(), { prompt_id: 'mine' })).not.toBe('mine');
  });
});

describe('/api/jobs', () => {
  it('is absent before 0.6, reads from then on, cancels since 0.26', async () => {
    const id = '00000000-0000-4000-8000-000000000001';
    for (const [version, list, cancel] of [
      ['0.5.0', 404, 405],
      ['0.25.0', 200, 405],
      ['0.26.0', 200, 200],
    ] as const) {
      await start({ version });
      expect((await client.get('/api/jobs')).status).toBe(list);
      expect((await client.post(`/api/jobs/${id}/cancel`, {})).status).toBe(cancel);
      expect((await client.get('/jobs')).status).toBe(404);
      await node.stop();
    }
  });

  it('lists, filters, pages and refuses in the server’s words', async () => {
    await start({});
    for (const seed of [1, 2])
      await client.finished(
        await client.submit(wanGraph({ seed }), {
          extra_data: { extra_pnginfo: { workflow: { id: `w${seed}` } } },
        }),
      );
    expect(await client.json('/api/jobs?limit=1')).toMatchObject({
      jobs: [{ workflow_id: 'w2' }],
      pagination: { offset: 0, limit: 1, total: 2, has_more: true },
    });
    expect(await client.json('/api/jobs?workflow_id=w1&status=completed')).toMatchObject({
      jobs: [{ workflow_id: 'w1', status: 'completed', preview_output: { nodeId: '76', mediaType: 'gifs' } }],
    });
    expect(await client.text('/api/jobs?status=zzz')).toBe(
      '{"error": "Invalid status value(s): zzz. Valid values: pending, in_progress, completed, failed, cancelled"}',
    );
    expect(await client.text('/api/jobs?limit=0')).toBe('{"error": "limit must be a positive integer"}');
    expect(await client.text('/api/jobs?sort_by=x')).toBe(
      '{"error": "sort_by must be \'created_at\' or \'execution_duration\'"}',
    );
  });

  it('cancels pending prompts without a trace and running ones by interrupt', async () => {
    await start({ stepMs: 10_000 });
    const [running, pending] = [
      await client.submit(wanGraph({ seed: 1 })),
      await client.submit(wanGraph({ seed: 2 })),
    ];
    const cancel = async (body: object) => (await client.post('/api/jobs/cancel', body)).text();
    expect(await cancel({ job_ids: [pending, '00000000-0000-4000-8000-000000000009'] })).toBe(
      '{"cancelled": true}',
    );
    expect((await client.get(`/api/jobs/${pending}`)).status).toBe(404);
    expect(await cancel({ job_ids: [pending] })).toBe('{"cancelled": false}');
    expect(await cancel({ job_ids: ['x'] })).toBe(
      '{"error": "job_ids contains invalid id(s)", "invalid_ids": ["x"]}',
    );
    await client.poll(async () => {
      await client.post(`/api/jobs/${running}/cancel`, {});
      return (await client.json<{ status: string }>(`/api/jobs/${running}`)).status === 'cancelled'
        ? true
        : undefined;
    });
  });
});

describe('validation', () => {
  const upscaler = (): Graph => ({
    ...wanGraph(),
    90: { class_type: 'UpscaleModelLoader', inputs: { model_name: 'none.pth' } },
    91: { class_type: 'ImageUpscaleWithModel', inputs: { upscale_model: ['90', 0], image: ['62', 0] } },
    92: { class_type: 'PreviewImage', inputs: { images: ['91', 0] } },
  });

  it('checks new-style choices only since 0.8', async () => {
    await start({ version: '0.7.0' });
    expect((await client.post('/prompt', { prompt: upscaler() })).status).toBe(200);
    await node.stop();
    await start({ version: '0.8.0' });
    const answer = await client.post('/prompt', { prompt: upscaler() });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      node_errors: { 90: { dependent_outputs: ['92'], class_type: 'UpscaleModelLoader' } },
    });
  });

  it('names a missing class as that version does', async () => {
    const graph = { 7: { class_type: 'Nope', inputs: {} } };
    await start({ version: '0.11.0' });
    expect((await refusalOf({ prompt: graph })).error).toMatchObject({
      type: 'invalid_prompt',
      message: 'Cannot execute because node Nope does not exist.',
    });
    await node.stop();
    await start({ version: '0.12.0' });
    expect((await refusalOf({ prompt: graph })).error).toMatchObject({
      type: 'missing_node_type',
      message: "Node 'Nope' not found. The custom node may not be installed.",
    });
  });

  it('reports cycles since 0.20, and links to nowhere as exceptions', async () => {
    await start({});
    const cyclic: Graph = {
      1: { class_type: 'ImageInvert', inputs: { image: ['2', 0] } },
      2: { class_type: 'ImageInvert', inputs: { image: ['1', 0] } },
      3: { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
    };
    const cycle = await refusalOf({ prompt: cyclic });
    expect(cycle.node_errors['1']?.errors[0]).toMatchObject({
      type: 'dependency_cycle',
      details: '1 (ImageInvert) -> 2 (ImageInvert) -> 1 (ImageInvert)',
    });
    const dangling = await refusalOf({
      prompt: { 3: { class_type: 'PreviewImage', inputs: { images: ['99', 0] } } },
    });
    expect(dangling.node_errors['3']?.errors[0]).toMatchObject({
      type: 'exception_during_validation',
      details: "'99'",
    });
    expect(dangling.error.details).toBe("Exception when validating node: '99'");
  });

  it('compares seeds digit for digit and returns them so', async () => {
    await start({});
    const text = JSON.stringify({ prompt: wanGraph({ seed: 1 }) });
    const post = (seed: string) =>
      client.post('/prompt', text.replaceAll('"noise_seed":1', `"noise_seed":${seed}`));
    const id = ((await (await post('18446744073709551615')).json()) as { prompt_id: string }).prompt_id;
    await client.finished(id);
    expect(await client.text(`/history/${id}`)).toContain('"noise_seed": 18446744073709551615,');
    expect(await (await post('18446744073709552000')).text()).toContain(
      '"message": "Value 18446744073709552000 bigger than max of 18446744073709551615"',
    );
  });

  it('wants Windows separators on a Windows server, and uses them', async () => {
    const { loras, ...others } = {
      ...(await import('../../../src/programs/simulator/index.js')).wanModelFiles,
    };
    await start({ windows: true, models: { ...others, loras: (loras ?? []).map((file) => `Wan/${file}`) } });
    const graph = wanGraph({ prefix: 'a/b/v' });
    const choose = (separator: string): void => {
      for (const id of ['81', '82']) {
        const inputs = graph[id]?.inputs as { lora_name: string };
        inputs.lora_name = `Wan${separator}${inputs.lora_name.replace(/^.*[\\/]/, '')}`;
      }
    };
    choose('/');
    expect((await client.post('/prompt', { prompt: graph })).status).toBe(400);
    choose('\\');
    const entry = await client.finished(await client.submit(graph));
    expect(entry.outputs['76']?.['gifs']?.[0]).toMatchObject({
      subfolder: 'a\\b',
      fullpath: 'C:\\comfyui\\output\\a\\b\\v_00001.mp4',
    });
    expect(
      (
        await client.get(
          `/view?${new URLSearchParams({ filename: 'v_00001.mp4', subfolder: 'a\\b' }).toString()}`,
        )
      ).status,
    ).toBe(200);
  });
});

describe('generic answers', () => {
  it('are aiohttp’s', async () => {
    await start({});
    const shape = async (path: string, init: RequestInit) => {
      const answer = await client.get(path, init);
      return [answer.status, answer.headers.get('allow'), await answer.text()];
    };
    expect(await shape('/nowhere', {})).toEqual([404, null, '']);
    expect(await shape('/interrupt', {})).toEqual([404, null, '']);
    expect(await shape('/nowhere', { method: 'POST' })).toEqual([405, 'GET,HEAD', '405: Method Not Allowed']);
    expect(await shape('/prompt', { method: 'OPTIONS' })).toEqual([200, null, '']);
    expect(await shape('/prompt', { method: 'POST', body: '{' })).toEqual([
      500,
      null,
      '500 Internal Server Error\n\nServer got itself in trouble',
    ]);
    expect(await shape('/prompt', { method: 'POST', body: '[]' })).toMatchObject([
      400,
      null,
      expect.stringContaining('no_prompt'),
    ]);
    expect(await shape('/models/unet', {})).toEqual([404, null, '']);
    expect(await shape('/history?max_items=x', {})).toMatchObject([500, null, expect.anything()]);
    expect(await shape('/api/history', {})).toEqual([200, null, '{}']);
    expect(await shape('/prompt', { headers: { origin: 'https://evil.example' } })).toEqual([403, null, '']);
  });
});
