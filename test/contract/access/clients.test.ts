/** Clients as their registries have them, each with the credential that it can send, at a service that needs one. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { Comfy } from '@comfyorg/sdk';
import { Client as McpClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallWrapper, ComfyApi, PromptBuilder } from '@saintno/comfyui-sdk';
import { Client } from '@stable-canvas/comfyui-client';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Deployment, type Replica } from '../../support/deployment.js';
import { makeKey, makeTenant } from '../../support/keys.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';

let deployment: Deployment;
let closed: Replica;
let key: string;

beforeAll(async () => {
  deployment = await Deployment.create([{ name: 'one', loadMs: 1, stepMs: 200 }]);
  const open = await deployment.start();
  await makeTenant(open.url, 'team');
  ({ key } = await makeKey(open.url, { principal: 'client', tenant: 'team', role: 'submit' }));
  closed = await deployment.start({ AUTH: 'on', AUTH_ANONYMOUS: '' }, { nodesReady: false });
  await eventually(nodesAreKnown, { timeoutMs: 30_000, what: 'key and node at this replica' });
});
afterAll(async () => deployment.destroy());

const asTeam = async (path: string, base = closed.url): Promise<Response> =>
  fetch(base + path, { headers: { 'x-api-key': key } });
const nodesAreKnown = async (): Promise<boolean> => {
  const answer = await asTeam('/system_stats', closed.nativeUrl);
  return answer.ok && ((await answer.json()) as { devices: unknown[] }).devices.length > 0;
};
/** Its jobs are the tenant's. */
async function jobsOfTeam(): Promise<number> {
  const { jobs } = (await (await asTeam('/v1/jobs')).json()) as { jobs: { tenant: string }[] };
  expect(jobs.every(({ tenant }) => tenant === 'team')).toBe(true);
  return jobs.length;
}

it('nobody comes in without one', async () => {
  expect((await fetch(`${closed.url}/v1/jobs`)).status).toBe(401);
  expect((await fetch(`${closed.nativeUrl}/queue`)).status).toBe(401);
});

it('the original API asks for one where AUTH_ANONYMOUS is empty, at every route of its recordings', async () => {
  const recordings = JSON.parse(
    readFileSync(new URL('../recordings/port-5014.json', import.meta.url), 'utf8'),
  ) as { request: { method: string; path: string }; response: { status: number } }[];
  // A preflight brings no credential, and what is not there needs none.
  const routes = recordings.filter(
    ({ request, response }) => request.method !== 'OPTIONS' && ![404, 405].includes(response.status),
  );
  expect(routes.length).toBeGreaterThan(15);
  for (const { request } of routes) {
    const { method, path } = request;
    const refused = await fetch(closed.url + path, { method, ...(method === 'POST' && { body: '{}' }) });
    expect([path, refused.status]).toEqual([path, 401]);
    expect(refused.headers.get('www-authenticate')).toMatch(/^Basic /);
    await refused.body?.cancel();
  }
  expect((await asTeam('/health')).status).toBe(200);
});

describe('@saintno/comfyui-sdk', () => {
  it.each([
    ['its bearer token', () => ({ type: 'bearer_token' as const, token: key })],
    ['its basic credentials', () => ({ type: 'basic' as const, username: key, password: '' })],
    ['its own headers', () => ({ type: 'custom' as const, headers: { 'X-API-Key': key } })],
  ])('runs a workflow with %s, socket and all', async (_what, credentials) => {
    const before = await jobsOfTeam();
    const api = new ComfyApi(closed.nativeUrl, undefined, { credentials: credentials() });
    await api.init(5, 100).waitForReady();
    try {
      const workflow = new PromptBuilder(titled(), [], ['images']).setOutputNode('images', '8');
      const heard: number[] = [];
      const result = await new CallWrapper(api, workflow)
        .onProgress(({ value }) => void heard.push(value))
        .run();
      expect(result).toHaveProperty('images.images');
      expect(heard.length).toBeGreaterThan(0);
      expect(await jobsOfTeam()).toBe(before + 1);
    } finally {
      api.destroy();
    }
  });
});

it('@stable-canvas/comfyui-client runs one with a fetch and a WebSocket that bring the key', async () => {
  const headers = { authorization: `Bearer ${key}` };
  class KeyedSocket extends WebSocket {
    constructor(url: string) {
      super(url, { headers });
    }
  }
  const client = new Client({
    api_host: new URL(closed.nativeUrl).host,
    WebSocket: KeyedSocket,
    fetch: async (url: string, init?: RequestInit) =>
      fetch(url, { ...init, headers: { ...(init?.headers as Record<string, string>), ...headers } }),
  });
  await client.connect();
  try {
    const progress: number[] = [];
    const result = await client.enqueue(samplingGraph(), {
      progress: ({ value }: { value: number }) => void progress.push(value),
    });
    expect(result.images.filter(({ type }) => type === 'url')).toHaveLength(1);
    expect(progress.length).toBeGreaterThan(0);
  } finally {
    client.close();
  }
});

it('a script asks with the key in the address, and listens by a token of one use', async () => {
  const { stdout } = await promisify(execFile)('curl', [
    '--silent',
    closed.nativeUrl.replace('://', `://${key}@`) + '/queue',
  ]);
  expect(JSON.parse(stdout)).toHaveProperty('queue_pending');
  const made = await fetch(`${closed.url}/v1/tokens`, { method: 'POST', headers: { 'x-api-key': key } });
  const { token } = (await made.json()) as { token: string };
  const socket = new WebSocket(`${closed.nativeUrl.replace('http', 'ws')}/ws?clientId=script&token=${token}`);
  const first = await new Promise<string>((resolve, reject) => {
    socket.once('message', (data: Buffer) => resolve(data.toString())).once('error', reject);
  });
  socket.terminate();
  expect(JSON.parse(first)).toMatchObject({ type: 'status' });
});

it('@comfyorg/sdk runs one with its API key', async () => {
  process.env['COMFY_BASE_URL'] = closed.url;
  const client = new Comfy({ apiKey: key });
  const job = await client.run(client.workflows.fromJson(samplingGraph()));
  expect(job.outputs).toHaveLength(1);
  expect((await job.outputs[0]!.toBytes()).length).toBeGreaterThan(100);
});

it('openai lists models with its key, and says 401 with another', async () => {
  const baseURL = `${closed.url}/openai/v1`;
  const models = await new OpenAI({ apiKey: key, baseURL, maxRetries: 0 }).models.list();
  expect(models.data.length).toBeGreaterThan(0);
  const stranger = new OpenAI({ apiKey: 'sk-none', baseURL, maxRetries: 0 });
  await expect(stranger.models.list()).rejects.toMatchObject({ status: 401 });
});

it('an MCP client lists its tools with the key in a header', async () => {
  const client = new McpClient({ name: 'test', version: '1.0.0' });
  const requestInit = { headers: { authorization: `Bearer ${key}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${closed.url}/mcp`), { requestInit }));
  expect((await client.listTools()).tools.length).toBeGreaterThan(0);
  await client.close();
});

const titled = () =>
  Object.fromEntries(
    Object.entries(samplingGraph()).map(([id, node]) => [
      id,
      { ...(node as { class_type: string; inputs: Record<string, unknown> }), _meta: { title: id } },
    ]),
  );
