/** What `/v1` tells without running anything, and how it refuses. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wanModelFiles } from '../../src/programs/simulator/index.js';
import { type Cluster, startCluster } from '../support/cluster.js';
import { call, type Job, uploadedPicture, wanGraph, workflow } from '../support/v1.js';

const problem = { contentType: expect.stringContaining('application/problem+json') as unknown };
const unknownId = '00000000-0000-4000-8000-000000000000';

describe('/v1', () => {
  let cluster: Cluster;
  let url: string;

  beforeAll(async () => {
    cluster = await startCluster({ nodes: [{ name: 'sim-1' }] });
    url = cluster.url;
  });
  afterAll(() => cluster.stop());

  it('lists the workflows and describes one: inputs as JSON Schema, outputs, needs', async () => {
    expect((await call(`${url}/v1/workflows`)).body).toMatchObject({ workflows: [{ name: workflow }] });
    const { status, body } = await call(`${url}/v1/workflows/${workflow}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: workflow,
      inputs: {
        required: ['prompt', 'image'],
        additionalProperties: false,
        properties: { length: { type: 'integer', minimum: 16, maximum: 240, default: 81 } },
      },
      outputs: [{ graph_node: '76', kind: 'video' }],
    });
    const { requirements } = body as { requirements: { loras: string[]; node_classes: string[] } };
    expect(requirements.loras.toSorted()).toEqual(wanModelFiles['loras']?.toSorted());
    expect(requirements.node_classes).toContain('PathchSageAttentionKJ');
    expect(await call(`${url}/v1/workflows/none`)).toMatchObject({ status: 404, ...problem });
    expect(await call(`${url}/v1/workflows/none/readiness`)).toMatchObject({ status: 404, ...problem });
  });

  it('tells of any graph which node can run it, and what is missing', async () => {
    const ready = await call(`${url}/v1/readiness`, 'POST', { graph: wanGraph('x.png') });
    expect(ready).toMatchObject({
      status: 200,
      body: { ready: true, nodes: [{ id: 'sim-1', ready: true }] },
    });
    const lacking = wanGraph('x.png', { '81.lora_name': 'nobody-has-this.safetensors' });
    expect(await call(`${url}/v1/readiness`, 'POST', { graph: lacking })).toMatchObject({
      status: 200,
      body: {
        ready: false,
        nodes: [
          { missing: { loras: [{ value: 'nobody-has-this.safetensors', class: 'LoraLoaderModelOnly' }] } },
        ],
      },
    });
    const foreign = wanGraph('x.png');
    Object.assign(foreign['77'] ?? {}, { class_type: 'NobodyMadeThisNode' });
    expect(await call(`${url}/v1/readiness`, 'POST', { graph: foreign })).toMatchObject({
      body: { ready: false, nodes: [{ missing: { classes: ['NobodyMadeThisNode'] } }] },
    });
  });

  it('keeps an uploaded picture, and nothing that is no picture', async () => {
    const { asset } = await uploadedPicture(url, 'kept.png');
    expect(asset).toMatch(/^[0-9a-f]{64}$/);
    const form = new FormData();
    expect((await fetch(`${url}/v1/assets`, { method: 'POST', body: form })).status).toBe(422);
    form.set('file', new Blob(['not a picture'], { type: 'image/jpeg' }), 'text.jpg');
    const refused = await fetch(`${url}/v1/assets`, { method: 'POST', body: form });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ code: 'unsupported_media' });
  });

  it.each([
    ['broken JSON', '{"workflow": ', 400, 'invalid_request'],
    ['neither workflow nor graph', {}, 422, 'unprocessable'],
    ['a field that does not exist', { workflow, inputs: {}, colour: 'red' }, 422, 'unprocessable'],
    ['an unknown workflow', { workflow: 'none', inputs: {} }, 404, 'not_found'],
    ['inputs that are missing', { workflow, inputs: {} }, 422, 'unprocessable'],
    ['an empty graph', { graph: {} }, 400, 'invalid_graph'],
    ['a graph that is none', { graph: { 1: 'x' } }, 400, 'invalid_graph'],
    [
      'a class that no node has',
      { graph: { 1: { class_type: 'NobodyMadeThisNode', inputs: {} } } },
      400,
      'invalid_graph',
    ],
    [
      'an image that nobody uploaded',
      { workflow, inputs: { prompt: 'a', image: { asset: 'f'.repeat(64) } } },
      422,
      'unprocessable',
    ],
  ])('refuses a job of %s, and keeps nothing of it', async (_, body, status, code) => {
    const answer = await call(`${url}/v1/jobs`, 'POST', body);
    expect(answer).toMatchObject({
      status,
      ...problem,
      body: { code, status, type: `urn:comfymux:error:${code}`, detail: expect.any(String) as unknown },
    });
    expect((await call<{ jobs: Job[] }>(`${url}/v1/jobs`)).body.jobs).toEqual([]);
  });

  it('names each input that does not fit', async () => {
    const inputs = { prompt: '', image: { asset: 'x' }, length: 1000, fps: '16', colour: 'red' };
    const { body } = await call(`${url}/v1/jobs`, 'POST', { workflow, inputs });
    for (const name of ['prompt', 'length', 'fps', 'colour']) expect(JSON.stringify(body)).toContain(name);
  });

  it('answers 404 for a job it does not know, whatever is asked of it', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/events'],
      ['POST', '/cancel'],
    ] as const)
      for (const id of [unknownId, 'no-uuid'])
        expect(await call(`${url}/v1/jobs/${id}${path}`, method)).toMatchObject({ status: 404, ...problem });
  });

  it('refuses a page that makes no sense, and routes that do not exist', async () => {
    for (const query of ['limit=0', 'limit=x', 'state=none', 'cursor=none'])
      expect(await call(`${url}/v1/jobs?${query}`)).toMatchObject({ status: 422, ...problem });
    expect(await call(`${url}/v1/none`)).toMatchObject({ status: 404, ...problem });
  });
});
