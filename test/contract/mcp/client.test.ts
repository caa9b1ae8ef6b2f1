/** The official SDK's own client, unmodified. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { eventually } from '../../support/poll.js';
import { solidPng } from '../../support/pictures.js';
import { call, workflow } from '../../support/v1.js';

const film = workflow.replaceAll('.', '_');
const painter = {
  graph: {
    '1': { class_type: 'EmptyImage', inputs: { width: 64, height: 64, batch_size: 1, color: 0 } },
    '2': { class_type: 'SaveImage', inputs: { filename_prefix: 'x', images: ['1', 0] } },
  },
  manifest: {
    title: 'Painter',
    description: 'Paints.',
    inputs: {
      width: {
        type: 'integer',
        minimum: 16,
        maximum: 512,
        default: 64,
        targets: [{ node: '1', field: 'width' }],
      },
    },
    outputs: [{ node: '2', kind: 'image' }],
  },
};
const picture = `data:image/png;base64,${solidPng([9, 9, 200], { width: 512, height: 512 }).toString('base64')}`;

describe('the MCP client', () => {
  let cluster: Cluster;
  let client: Client;

  beforeAll(async () => {
    cluster = await startCluster({ nodes: [{ name: 'sim-1' }] });
    await call(`${cluster.url}/v1/workflows/painter`, 'PUT', painter);
    client = new Client({ name: 'test', version: '1.0.0' });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${cluster.url}/mcp`)));
  });
  afterAll(async () => {
    await client.close();
    await cluster.stop();
  });

  const run = async (
    name: string,
    args: object = {},
    onprogress?: (told: { progress: number; message?: string }) => void,
  ) =>
    CallToolResultSchema.parse(
      await client.callTool(
        { name, arguments: { ...args } },
        CallToolResultSchema,
        onprogress ? { onprogress } : {},
      ),
    );
  const told = ({ content }: Awaited<ReturnType<typeof run>>): Record<string, unknown> => {
    const [first] = content;
    return JSON.parse(first?.type === 'text' ? first.text : '{}') as Record<string, unknown>;
  };

  it('finds a tool for each workflow with its schema, and the tools of jobs', async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(
      expect.arrayContaining([film, 'painter', 'job_status', 'cancel_job', 'list_workflows', 'why_waiting']),
    );
    expect(tools.find(({ name }) => name === film)?.inputSchema).toMatchObject({
      type: 'object',
      required: ['prompt', 'image'],
      properties: { length: { minimum: 16, maximum: 240 } },
    });
    expect(client.getServerVersion()).toMatchObject({ name: 'comfymux' });
    expect(told(await run('list_workflows'))).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: workflow, makes: ['video'] })]),
    );
  });

  it('gets a picture as content', async () => {
    const { content, isError } = await run('painter', { width: 96 });
    expect(isError).toBeUndefined();
    const [, image] = content;
    expect(image).toMatchObject({ type: 'image', mimeType: 'image/png' });
    const bytes = Buffer.from(image?.type === 'image' ? image.data : '', 'base64');
    expect(bytes.readUInt32BE(16)).toBe(96);
  });

  it('runs a workflow with lists of values as one batch, asks how it stands, and cancels it', async () => {
    const made = told(await run('run_sweep', { workflow: 'painter', sweep: { width: [32, 48, 64] } }));
    expect(made).toMatchObject({
      jobs: expect.any(Array) as unknown,
      progress: expect.any(Number) as unknown,
    });
    const status = async () => told(await run('batch_status', { batch: made.id }));
    const ended = await eventually(async () => {
      const now = await status();
      return now.ended === true && now;
    });
    expect(ended).toMatchObject({ progress: 100, counts: { succeeded: 3 } });
    expect((await fetch(String(ended.results_url))).headers.get('content-type')).toBe('application/zip');
    expect(told(await run('cancel_batch', { batch: made.id }))).toMatchObject({ counts: { succeeded: 3 } });
    const { body } = await call<{ jobs: { id: string }[] }>(`${cluster.url}/v1/jobs?door=mcp`);
    expect(body.jobs.map(({ id }) => id)).toEqual(expect.arrayContaining(made.jobs as string[]));
  });

  it.each([
    ['an input that does not fit', { workflow: 'painter', sweep: { width: [32, 9999] } }, 'too_big'],
    ['no lists', { workflow: 'painter', sweep: {} }, 'a list of values'],
    ['no list', { workflow: 'painter', sweep: { width: 5 } }, 'a list of one value'],
    [
      'too many jobs',
      { workflow: 'painter', sweep: { width: Array.from({ length: 501 }, () => 32) } },
      '501',
    ],
    ['no workflow', { sweep: { width: [32] } }, 'Give'],
    ['an unknown workflow', { workflow: 'none', sweep: { width: [32] } }, 'there is no workflow'],
  ])('reads why a sweep of %s is refused as a whole', async (_what, args, why) => {
    const refused = await run('run_sweep', args);
    expect(refused).toMatchObject({ isError: true });
    expect(JSON.stringify(refused.content)).toContain(why);
  });

  it('hears how far a film is, and gets a link to it', async () => {
    const heard: { progress: number; message?: string }[] = [];
    const result = await run(
      film,
      { prompt: 'rain', image: picture, width: 512, height: 512, length: 33 },
      (progress) => void heard.push(progress),
    );
    expect(heard.length).toBeGreaterThan(0);
    expect(heard.map(({ progress }) => progress)).toEqual(
      heard.map(({ progress }) => progress).toSorted((a, b) => a - b),
    );
    expect(heard[0]?.message).toContain('job ');
    const link = result.content.find(({ type }) => type === 'resource_link');
    expect(link).toMatchObject({ type: 'resource_link', mimeType: 'video/mp4' });
    const response = await fetch(link?.type === 'resource_link' ? link.uri : '');
    expect(response.headers.get('content-type')).toBe('video/mp4');
    const again = await run('job_status', { job: told(result).job });
    expect(told(again)).toMatchObject({ state: 'succeeded', progress: 100 });
    expect(told(await run('cancel_job', { job: told(result).job }))).toMatchObject({ state: 'succeeded' });
  });

  it('reads what is wrong with its arguments, and why a job waits', async () => {
    expect(await run(film, { prompt: 'x' })).toMatchObject({ isError: true });
    const refused = await run('painter', { width: 9999 });
    expect(told(refused)).toMatchObject({
      code: 'unprocessable',
      details: [{ field: 'width', reason: 'too_big' }],
    });
    expect(await run('job_status', { job: 'none' })).toMatchObject({ isError: true });
    await expect(run('nothing')).rejects.toThrow('no tool');
    const { body } = await call<{ id: string }>(`${cluster.url}/v1/jobs`, 'POST', {
      workflow: 'painter',
      inputs: {},
      deadline: new Date(Date.now() + 60_000).toISOString(),
    });
    expect(told(await run('why_waiting', { job: body.id }))).toMatchObject({ job: body.id });
  });

  it('has no session: any request stands alone, and other methods are refused', async () => {
    const post = async (body: string, headers: Record<string, string> = {}) =>
      fetch(`${cluster.url}/mcp`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...headers,
        },
        body,
      });
    const list = await post(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }));
    expect(list.status).toBe(200);
    expect(await list.text()).toContain('job_status');
    expect((await post('{')).status).toBe(400);
    expect((await post('{}', { accept: 'application/json' })).status).toBe(406);
    expect((await post('{}', { origin: 'https://evil.example' })).status).toBe(403);
    for (const method of ['GET', 'DELETE'])
      expect((await fetch(`${cluster.url}/mcp`, { method })).status).toBe(405);
  });
});
