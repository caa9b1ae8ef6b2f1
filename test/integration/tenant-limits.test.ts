/** What a tenant may have open and may keep is held exactly, by two replicas together, while 64 clients ask at once. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Deployment, type Replica } from '../support/deployment.js';
import { makeKey } from '../support/keys.js';
import { eventually } from '../support/poll.js';
import { samplingGraph } from '../support/sampling-graph.js';
import { call } from '../support/v1.js';

const clients = 64;
let deployment: Deployment;
let replicas: Replica[];

beforeAll(async () => {
  deployment = await Deployment.create([]);
  replicas = [await deployment.start(), await deployment.start()];
});
afterAll(async () => deployment.destroy());

type Tenant = Record<'open_streams' | 'user_data_bytes' | 'stored_bytes' | 'uploaded_bytes_today', number>;
const tenantOf = async (id: string): Promise<Tenant> =>
  (await call<Tenant>(`${replicas[0]!.url}/v1/tenants/${id}`)).body;

/** A tenant whose limits both replicas know; its key, as a header. */
async function limited(id: string, limits: object): Promise<Record<string, string>> {
  expect((await call(`${replicas[0]!.url}/v1/tenants/${id}`, 'PUT', limits)).status).toBe(200);
  await eventually(async () => {
    const { body } = await call<object>(`${replicas[1]!.url}/v1/tenants/${id}`);
    return Object.entries(limits).every(([name, value]) => (body as Record<string, unknown>)[name] === value);
  });
  const { key } = await makeKey(replicas[0]!.url, { principal: `of-${id}`, tenant: id, role: 'submit' });
  return { authorization: `Bearer ${key}` };
}

const perClient = async <T>(ask: (at: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: clients }, async (_, at) => ask(at)));

/** How many were refused for it so far, at both replicas. */
async function refusalsOf(quota: string): Promise<number> {
  const texts = await Promise.all(replicas.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
  const line = new RegExp(`^comfymux_quota_refusals_total\\{quota="${quota}"\\} (\\d+)$`, 'm');
  return texts.reduce((sum, text) => sum + Number(line.exec(text)?.[1] ?? 0), 0);
}

const opened: { destroy: () => unknown }[] = [];

const stream = async (url: string, headers: Record<string, string>): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false }, (answer) => {
      answer.on('error', () => undefined);
      resolve(answer);
    });
    request.once('error', reject);
    opened.push(request);
  });
const events = async (at: number, headers: Record<string, string>): Promise<IncomingMessage> =>
  stream(`${replicas[at % 2]!.url}/v1/events`, headers);
/** The answer to an offer of WebSocket: 101 when it was taken. */
const socket = async (
  at: number,
  headers: Record<string, string>,
): Promise<{ status: number; retryAfter?: string | undefined }> =>
  new Promise((resolve, reject) => {
    const client = new WebSocket(`${replicas[at % 2]!.nativeUrl.replace('http', 'ws')}/ws`, { headers });
    client.once('open', () => resolve({ status: 101 }));
    client.once('unexpected-response', (_request, { statusCode = 0, headers: told }) =>
      resolve({ status: statusCode, retryAfter: told['retry-after'] }),
    );
    client.once('error', reject);
    opened.push({ destroy: () => client.terminate() });
  });
const closeAll = (): void => {
  for (const one of opened.splice(0)) one.destroy();
};
const textOf = async (answer: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return text;
};
const isOpen = async (id: string, count: number): Promise<void> => {
  await eventually(async () => (await tenantOf(id)).open_streams === count, { timeoutMs: 15_000 });
};

describe('the streams of a tenant', () => {
  it('are as many as it may have and not one more, sockets and events alike, and another tenant has its own', async () => {
    const headers = await limited('streaming', { max_streams: 20 });
    const others = await limited('beside', { max_streams: 1 });
    const statuses = await perClient(async (at) =>
      at % 3 === 0 ? (await socket(at >> 1, headers)).status : (await events(at >> 1, headers)).statusCode,
    );
    expect(statuses.filter((status) => status === 101 || status === 200)).toHaveLength(20);
    expect(statuses.filter((status) => status === 429)).toHaveLength(clients - 20);
    expect((await tenantOf('streaming')).open_streams).toBe(20);
    expect((await events(1, others)).statusCode).toBe(200);
    expect(await refusalsOf('streams')).toBe(clients - 20);
    closeAll();
    await isOpen('streaming', 0);
    expect((await events(0, headers)).statusCode).toBe(200);
    closeAll();
  });

  it('are refused in the words of each door, with the time to come back', async () => {
    const headers = await limited('full', { max_streams: 1 });
    const json = { ...headers, 'content-type': 'application/json' };
    const made = await fetch(`${replicas[0]!.url}/v1/jobs`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ graph: samplingGraph() }),
    });
    const { id } = (await made.json()) as { id: string };
    expect((await socket(0, headers)).status).toBe(101);
    expect(await socket(1, headers)).toEqual({ status: 429, retryAfter: '5' });
    const quota = { quota: 'streams', limit: 1 };
    for (const path of ['/v1/events', `/v1/jobs/${id}/events`]) {
      const refused = await stream(`${replicas[1]!.url}${path}`, headers);
      expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '5']);
      expect(refused.headers['content-type']).toMatch('application/problem+json');
      expect(JSON.parse(await textOf(refused))).toMatchObject({ code: 'too_many_streams', details: quota });
    }
    const v2 = await stream(`${replicas[1]!.url}/api/v2/jobs/${id}/events`, headers);
    expect([v2.statusCode, v2.headers['retry-after']]).toEqual([429, '5']);
    expect(JSON.parse(await textOf(v2))).toMatchObject({
      error: { code: 'too_many_streams', details: quota },
    });
    const tool = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'list_workflows', arguments: {} },
    };
    const mcp = await fetch(`${replicas[1]!.url}/mcp`, {
      method: 'POST',
      headers: { ...json, accept: 'application/json, text/event-stream' },
      body: JSON.stringify(tool),
    });
    expect(await mcp.text()).toMatch(/too_many_streams.*\\"retry_after_s\\":5/);
    closeAll();
  });

  it('are over however they end: refused, or cut off while they are opened', async () => {
    const headers = await limited('ending', { max_streams: 3 });
    const missing = '/v1/jobs/01a7f0de-0000-7000-8000-000000000001/events';
    for (let no = 0; no < 8; no += 1) {
      const answer = await stream(`${replicas[no % 2]!.url}${missing}`, headers);
      expect(answer.statusCode).toBe(404);
      await textOf(answer);
      await isOpen('ending', 0);
    }
    const head = (path: string, more: string): string =>
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${headers['authorization']}\r\n${more}\r\n`;
    const upgrade =
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
    const cutOff = async (at: number): Promise<void> => {
      const { url, nativeUrl } = replicas[at % 2]!;
      const [base, asked] = at % 4 < 2 ? [url, head('/v1/events', '')] : [nativeUrl, head('/ws', upgrade)];
      const client = connect(Number(new URL(base).port), '127.0.0.1').on('error', () => undefined);
      await once(client, 'connect');
      client.write(asked, () => setTimeout(() => client.destroy(), at % 7));
      await once(client, 'close');
    };
    await perClient(cutOff);
    await isOpen('ending', 0);
  });

  it('are told of a tenant without a limit too, and count when it is given one', async () => {
    const headers = await limited('free', {});
    for (const at of [0, 1]) expect((await events(at, headers)).statusCode).toBe(200);
    await isOpen('free', 2);
    await call(`${replicas[0]!.url}/v1/tenants/free`, 'PUT', { max_streams: 2 });
    await eventually(async () => {
      const answer = await events(1, headers);
      if (answer.statusCode === 429) return true;
      answer.destroy();
      return false;
    });
    closeAll();
  });
});

describe('what the web UI keeps for a tenant', () => {
  const keep = async (
    at: number,
    headers: Record<string, string>,
    path: string,
    body: string,
  ): Promise<Response> => fetch(`${replicas[at % 2]!.nativeUrl}${path}`, { method: 'POST', headers, body });

  it('is as much as it may be and not a byte more, over all its places, settings and files alike', async () => {
    const headers = await limited('keeping', { max_user_data_bytes: 25_000 });
    const { key } = await makeKey(replicas[0]!.url, {
      principal: 'second',
      tenant: 'keeping',
      role: 'submit',
    });
    const shown = [headers, { authorization: `Bearer ${key}` }];
    const statuses = await perClient(async (at) => {
      const by = shown[(at >> 1) % 2]!;
      // Each is a thousand bytes: a setting is its name and its value as JSON.
      const answer =
        at % 4 === 0
          ? await keep(at, by, `/settings/s${String(at).padStart(3, '0')}`, JSON.stringify('x'.repeat(994)))
          : await keep(at, by, `/userdata/f${at}`, 'x'.repeat(1_000));
      return answer.status;
    });
    expect(statuses.filter((status) => status === 200)).toHaveLength(25);
    expect(statuses.filter((status) => status === 413)).toHaveLength(clients - 25);
    expect((await tenantOf('keeping')).user_data_bytes).toBe(25_000);
    expect(await refusalsOf('user_data_bytes')).toBe(clients - 25);
  });

  it('is told in the words of ComfyUI, and may be replaced, renamed and deleted where there is no room', async () => {
    const headers = await limited('tight', { max_user_data_bytes: 10 });
    expect((await keep(0, headers, '/userdata/a', 'x'.repeat(10))).status).toBe(200);
    const refused = await keep(1, headers, '/userdata/b', 'x');
    expect([refused.status, await refused.json()]).toMatchObject([413, { error: { type: 'storage_full' } }]);
    expect((await keep(1, headers, '/userdata/a', 'y'.repeat(10))).status).toBe(200);
    const moved = await keep(1, headers, '/userdata/a/move/c', '');
    expect([moved.status, await moved.json()]).toEqual([200, 'c']);
    expect((await keep(0, headers, '/userdata/a/move/d', '')).status).toBe(404);
    // Less is taken even where it is too much still.
    await call(`${replicas[0]!.url}/v1/tenants/tight`, 'PUT', { max_user_data_bytes: 5 });
    expect((await keep(0, headers, '/userdata/c', 'z'.repeat(8))).status).toBe(200);
    expect((await keep(0, headers, '/userdata/c', 'z'.repeat(9))).status).toBe(413);
    const gone = await fetch(`${replicas[0]!.nativeUrl}/userdata/c`, { method: 'DELETE', headers });
    expect(gone.status).toBe(204);
    expect((await keep(0, headers, '/userdata/b', 'x')).status).toBe(200);
    expect((await tenantOf('tight')).user_data_bytes).toBe(1);
  });
});

describe('the bytes of a tenant, over the doors', () => {
  const upload = async (at: number, headers: Record<string, string>, name: string): Promise<number> => {
    const form = new FormData();
    form.set('file', new Blob([name.padEnd(1_000, '.')], { type: 'text/plain' }), `${name}.txt`);
    const answer = await fetch(`${replicas[at % 2]!.url}/v1/assets`, { method: 'POST', headers, body: form });
    await answer.body?.cancel();
    return answer.status;
  };
  const count = (statuses: readonly number[], status: number): number =>
    statuses.filter((one) => one === status).length;

  it('that it keeps are never more than it may', async () => {
    const headers = await limited('storing', { max_stored_bytes: 50_500 });
    const answers = await perClient(async (at) => [
      await upload(at, headers, `one ${at}`),
      await upload(at + 1, headers, `other ${at}`),
    ]);
    const statuses = answers.flat();
    expect([count(statuses, 201), count(statuses, 413)]).toEqual([50, 2 * clients - 50]);
    expect((await tenantOf('storing')).stored_bytes).toBe(50_000);
    expect(await refusalsOf('stored_bytes')).toBe(2 * clients - 50);
  });

  it('that it sends in a day are never more than it may, equal ones too', async () => {
    const headers = await limited('sending', { max_uploaded_bytes_per_day: 30_500 });
    const statuses = await perClient(async (at) => upload(at, headers, 'same'));
    expect([count(statuses, 201), count(statuses, 429)]).toEqual([30, clients - 30]);
    expect(await tenantOf('sending')).toMatchObject({ uploaded_bytes_today: 30_000, stored_bytes: 1_000 });
    expect(await refusalsOf('uploaded_bytes_per_day')).toBe(clients - 30);
  });
});

describe('the streams of a replica', () => {
  it('are over with it: at once when it stops, and those of one that is dead count for nothing', async () => {
    const headers = await limited('leaving', { max_streams: 3 });
    await deployment.database!.pool.query(
      `INSERT INTO tenant_stream (tenant_id, replica_id, open) VALUES ('leaving', gen_random_uuid(), 1000)`,
    );
    const statuses: unknown[] = [];
    for (const at of [1, 1, 0, 0]) statuses.push((await events(at, headers)).statusCode);
    expect(statuses).toEqual([200, 200, 200, 429]);
    await replicas[1]!.stop();
    expect((await tenantOf('leaving')).open_streams).toBe(1);
    for (const expected of [200, 200, 429]) expect((await events(0, headers)).statusCode).toBe(expected);
    closeAll();
  });
});
