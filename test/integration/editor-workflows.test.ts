/** What the editor saves, at every door that takes a graph. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordedCases } from '../contract/comfyui/ui-format/recorded.js';
import { toPlain } from '../../src/modules/comfyui/index.js';
import { Deployment, type Replica } from '../support/deployment.js';

const media = new URL('../contract/comfyui/ui-format/recordings/media/', import.meta.url);
const png = readFileSync(new URL('vhs-mp4-first-frame.png', media));
const caseOf = (name: string) => {
  const { ui, api } = recordedCases().find((recorded) => recorded.name === name)!;
  return { ui: toPlain(ui) as Record<string, unknown>, api };
};

describe('workflows from the editor', () => {
  let deployment: Deployment;
  let service: Replica;

  beforeAll(async () => {
    deployment = await Deployment.create([{}]);
    service = await deployment.start({}, { nodesReady: true });
  });
  afterAll(async () => deployment.destroy());

  async function post(url: string, body: Blob | FormData | object, type = 'application/json') {
    const isPlain = !(body instanceof Blob || body instanceof FormData);
    const response = await fetch(url, {
      method: 'POST',
      body: isPlain ? JSON.stringify(body) : body,
      ...(body instanceof FormData ? {} : { headers: { 'content-type': type } }),
      signal: AbortSignal.timeout(20_000),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }
  const convert = async (body: Blob | FormData | object, type?: string) =>
    post(`${service.url}/v1/workflows:convert`, body, type);

  it('become the graph that the editor would queue', async () => {
    const { ui, api } = caseOf('subgraph');
    const { status, body } = await convert(ui);
    expect({ status, body }).toMatchObject({ status: 200, body: { format: 'ui', problems: [], graph: api } });
  });

  it('are found in the files that a server wrote, sent raw or in a form', async () => {
    const form = new FormData();
    form.append('file', new Blob([png]), 'a.png');
    const [raw, sent] = [await convert(new Blob([png]), 'image/png'), await convert(form)];
    expect(raw).toMatchObject({ status: 200 });
    expect(Object.keys(raw.body.graph as object).length).toBeGreaterThan(0);
    expect(sent).toEqual(raw);
  });

  it('name what no node has, with the pack that brings it', async () => {
    const { ui } = caseOf('missing-class');
    const nodes = (ui.nodes as Record<string, unknown>[]).map((node) =>
      node.type === 'NoSuchClass' ? { ...node, properties: { cnr_id: 'some-pack', ver: '1.2.0' } } : node,
    );
    expect(await convert({ ...ui, nodes })).toMatchObject({
      status: 400,
      body: {
        code: 'invalid_graph',
        detail: expect.stringContaining('"NoSuchClass" (pack some-pack 1.2.0)'),
        details: [{ class: 'NoSuchClass', pack: { cnr_id: 'some-pack', version: '1.2.0' } }],
      },
    });
  });

  it('are refused in a sentence when they are none', async () => {
    expect(await convert(new Blob(['GIF89a nothing']), 'image/gif')).toMatchObject({
      status: 400,
      body: { code: 'unsupported_media' },
    });
    expect(await convert(new Blob([]), 'image/png')).toMatchObject({ status: 422 });
  });

  it('get a manifest proposed', async () => {
    const { status, body } = await post(`${service.url}/v1/workflows:propose`, caseOf('basic-sd15').ui);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        manifest: {
          inputs: { prompt: { type: 'string' }, seed: { type: 'seed' } },
          outputs: [{ kind: 'image' }],
        },
      },
    });
  });

  it.each(['as a graph', 'as the body itself'])('run as jobs of /v1, sent %s', async (how) => {
    const { ui } = caseOf('subgraph');
    const { status, body } = await post(`${service.url}/v1/jobs`, how === 'as a graph' ? { graph: ui } : ui);
    expect({ status, body }).toMatchObject({ status: 202 });
    const job = await service.jobs.until(
      String(body.id),
      ({ state }) => state !== 'queued' && state !== 'active',
    );
    expect(job).toMatchObject({
      state: 'succeeded',
      outputs: [{ filename: expect.stringContaining('.png') }],
    });
  });

  it('run as prompts of the native door', async () => {
    const { ui } = caseOf('subgraph');
    for (const body of [{ prompt: ui }, ui])
      expect(await post(`${service.nativeUrl}/prompt`, body)).toMatchObject({
        status: 200,
        body: { prompt_id: expect.any(String), node_errors: {} },
      });
    expect(await post(`${service.nativeUrl}/prompt`, { prompt: caseOf('missing-class').ui })).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('NoSuchClass') } },
    });
  });

  it('are described', async () => {
    const response = await fetch(`${service.url}/openapi.json`, { signal: AbortSignal.timeout(10_000) });
    const { paths } = (await response.json()) as { paths: Record<string, unknown> };
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/v1/workflows:convert', '/v1/workflows:propose']),
    );
  });
});
