/** Versions of workflows: content-addressed, the same on every replica, and each job keeps its own. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordedCases } from '../contract/comfyui/ui-format/recorded.js';
import { toPlain } from '../../src/modules/comfyui/index.js';
import { Deployment, type Replica } from '../support/deployment.js';
import { solidPng } from '../support/pictures.js';
import { eventually } from '../support/poll.js';
import { call } from '../support/v1.js';

const graph = (width: number) => ({
  '1': { class_type: 'EmptyImage', inputs: { width, height: 64, batch_size: 1, color: 0 } },
  '2': { class_type: 'SaveImage', inputs: { filename_prefix: 'v', images: ['1', 0] } },
});
const manifest = {
  title: 'A plain picture',
  inputs: { height: { type: 'integer', targets: [{ node: '1', field: 'height' }], default: 64 } },
  outputs: [{ node: '2', kind: 'image' }],
};

describe('workflows in the database', () => {
  let deployment: Deployment;
  let folder: string;
  let replicas: [Replica, Replica];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'comfymux-workflows-'));
    await writeFiles('filed', 64);
    deployment = await Deployment.create([{}]);
    replicas = [
      await deployment.start({ WORKFLOWS_DIR: folder }, { nodesReady: true }),
      await deployment.start({ WORKFLOWS_DIR: folder }),
    ];
  });
  afterAll(async () => {
    await deployment.destroy();
    await rm(folder, { recursive: true });
  });

  async function writeFiles(name: string, width: number): Promise<void> {
    await writeFile(join(folder, `${name}.json`), JSON.stringify(graph(width)));
    await writeFile(join(folder, `${name}.manifest.json`), JSON.stringify({ ...manifest, name }));
  }
  const at = (path: string, replica = 0): string => `${replicas[replica]!.url}/v1/workflows/${path}`;
  const put = async (name: string, width: number, query = '') =>
    call(at(`${name}${query}`), 'PUT', { graph: graph(width), manifest });
  const widthOf = async (reference: string, replica = 0): Promise<unknown> => {
    const [name, version = 'latest'] = reference.split('@');
    const { body } = await call(at(`${name}/versions/${version}`, replica));
    return (body as { graph?: ReturnType<typeof graph> }).graph?.['1'].inputs.width;
  };
  const eventuallyWidth = async (reference: string, width: number, replica = 1) =>
    eventually(async () => (await widthOf(reference, replica)) === width, { timeoutMs: 15_000 });

  it('are made from what the editor saved, without a manifest, and say what was guessed', async () => {
    const { ui } = recordedCases().find(({ name }) => name === 'subgraph')!;
    const { status, body } = await call(at('drawn'), 'PUT', toPlain(ui) as object);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { name: 'drawn', is_new: true, channel: 'latest' },
    });
    expect(body.guessed).toContainEqual({ input: 'filename_prefix', why: 'it begins the names of results' });
    await eventually(async () => (await call(at('drawn', 1))).status === 200);
    const id = await submit('drawn', {});
    expect(await replicas[0].jobs.until(id, ({ state }) => state === 'succeeded')).toMatchObject({
      outputs: [{}],
    });
  });

  it('have a version for each content, and are one on every replica', async () => {
    const [first, second] = [await put('plain', 64), await put('plain', 128)];
    expect(first.body.version).not.toBe(second.body.version);
    expect(await put('plain', 128)).toMatchObject({ body: { is_new: false, version: second.body.version } });
    await eventuallyWidth('plain', 128);
    const { body } = await call(at('plain/versions', 1));
    expect(body.versions).toMatchObject([
      { version: second.body.version, source: 'api', channels: ['latest'] },
      { version: first.body.version, channels: [] },
    ]);
    expect(await call(at(`plain/compare?from=${String(first.body.version)}`))).toMatchObject({
      body: { added: [], removed: [], changed: [{ graph_node: '1', field: 'width', from: 64, to: 128 }] },
    });
  });

  it('roll back, and take a channel for those who try', async () => {
    const [old] = [(await put('turned', 64)).body.version];
    await put('turned', 128);
    await put('turned', 256, '?channel=canary');
    expect(await widthOf('turned')).toBe(128);
    await eventuallyWidth('turned@canary', 256);
    expect(
      (await call(at('turned/channels/latest'), 'POST', { version: String(old).slice(0, 12) })).status,
    ).toBe(200);
    await eventuallyWidth('turned', 64);
  });

  it('leave jobs the version that they were submitted with, pinned or not', async () => {
    const first = String((await put('pinned', 64)).body.version);
    const unpinned = await submit('pinned', {});
    await put('pinned', 192);
    const [pinned, latest] = [await submit(`pinned@${first.slice(0, 10)}`, {}), await submit('pinned', {})];
    const widths = await Promise.all([unpinned, pinned, latest].map(widthOfRun));
    expect(widths).toEqual([64, 64, 192]);
  });

  it('are refused when there is no such version, channel or name', async () => {
    expect((await call(at('plain/versions/0123456'))).status).toBe(404);
    expect((await call(at('plain/channels/LATEST'), 'POST', { version: 'latest' })).status).toBe(422);
    expect((await call(at('plain/channels/stable'), 'POST', { version: 'nowhere' })).status).toBe(404);
    const response = await replicas[0].jobs.post('/v1/jobs', { workflow: 'plain@nowhere', inputs: {} });
    expect(response.status).toBe(404);
    expect((await call(at('b%20c'), 'PUT', { graph: graph(1), manifest })).status).toBe(422);
  });

  it('run with their inputs as the body, or as a form with files, and answer at the end when asked to wait', async () => {
    await put('run', 64);
    const waited = await call(at('run/run?wait=30'), 'POST', { height: 96 });
    expect(waited).toMatchObject({ status: 200, body: { state: 'succeeded', outputs: [{ format: 'png' }] } });
    const atOnce = await call(at('run/run'), 'POST', {});
    expect(atOnce).toMatchObject({
      status: 202,
      body: { id: expect.any(String), url: expect.stringContaining('/v1/jobs/') },
    });
    const form = new FormData();
    form.append('height', '32');
    const sent = await fetch(at('run/run'), {
      method: 'POST',
      body: form,
      headers: { prefer: 'respond-async, wait=30' },
      signal: AbortSignal.timeout(40_000),
    });
    expect({ status: sent.status, body: await sent.json() }).toMatchObject({
      status: 200,
      body: { state: 'succeeded' },
    });
    expect(await call(at('run/run'), 'POST', { height: 'tall' })).toMatchObject({ status: 422 });
    expect((await call(at('nobody/run'), 'POST', {})).status).toBe(404);
    expect((await call(at('run/run?wait=1000'), 'POST', {})).status).toBe(422);
  });

  it('take a picture as a file of the form', async () => {
    const picture = {
      graph: {
        '1': { class_type: 'LoadImage', inputs: { image: 'a.png' } },
        '2': { class_type: 'SaveImage', inputs: { filename_prefix: 'p', images: ['1', 0] } },
      },
    };
    expect(await call(at('pictured'), 'PUT', picture)).toMatchObject({ status: 200 });
    const form = new FormData();
    form.append('image', new Blob([solidPng([200, 40, 24])], { type: 'image/png' }), 'mine.png');
    const sent = await fetch(at('pictured/run?wait=30'), {
      method: 'POST',
      body: form,
      signal: AbortSignal.timeout(40_000),
    });
    expect({ status: sent.status, body: await sent.json() }).toMatchObject({
      status: 200,
      body: { state: 'succeeded' },
    });
  });

  it('go with all their versions', async () => {
    await put('gone', 64);
    expect((await call(at('gone'), 'DELETE')).status).toBe(204);
    expect((await call(at('gone'), 'DELETE')).status).toBe(404);
    await eventually(async () => (await call(at('gone', 1))).status === 404);
  });

  it('come from the folder when a file changes; a broken one leaves what is in service', async () => {
    expect(await widthOf('filed')).toBe(64);
    await writeFiles('filed', 320);
    await eventuallyWidth('filed', 320);
    await writeFile(join(folder, 'filed.json'), '{"1": broken');
    await eventually(() => replicas[0].output().includes('a workflow of the folder is broken'), {
      timeoutMs: 15_000,
    });
    expect(await widthOf('filed')).toBe(320);
    expect(await readFile(join(folder, 'filed.json'), 'utf8')).toContain('broken');
  });

  async function submit(workflow: string, inputs: object): Promise<string> {
    const response = await replicas[0].jobs.post('/v1/jobs', { workflow, inputs });
    const body = (await response.json()) as { id: string };
    expect({ status: response.status, body }).toMatchObject({ status: 202 });
    return body.id;
  }

  async function widthOfRun(id: string): Promise<number> {
    const job = await replicas[0].jobs.until(id, ({ state }) => state === 'succeeded');
    const response = await fetch(job.outputs[0]!.url, { signal: AbortSignal.timeout(10_000) });
    return Buffer.from(await response.arrayBuffer()).readUInt32BE(16);
  }
});
