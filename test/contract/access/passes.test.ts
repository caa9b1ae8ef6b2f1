/** What stands for a key: tokens of one use and the cookie of a login, on two replicas. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Deployment, type Replica } from '../../support/deployment.js';
import { type MadeKey, makeKey } from '../../support/keys.js';
import { eventually } from '../../support/poll.js';
import { expectWithin } from '../../support/within.js';

let deployment: Deployment;
let replicas: Replica[];
let database: pg.Client;
/** A proxy passed it on: nobody sits at this machine. */
const strange = { 'x-forwarded-for': '10.0.0.9' };
const text = (of: string, key: string): Record<string, string> => ({ ...strange, [of]: key });

async function ask(path: string, { at = 0, ...init }: RequestInit & { at?: number } = {}) {
  const answer = await fetch(`${replicas[at]!.url}${path}`, {
    redirect: 'manual',
    headers: strange,
    ...init,
  });
  return { status: answer.status, headers: answer.headers, body: await answer.text() };
}
const submitterKey = async (principal: string): Promise<MadeKey> =>
  makeKey(replicas[0]!.url, { principal, role: 'submit' });
async function tokenOf(headers: Record<string, string>): Promise<string> {
  const { body } = await ask('/v1/tokens', { method: 'POST', headers });
  return (JSON.parse(body) as { token: string }).token;
}
/** The status that the upgrade was answered with: 101 when it is open. */
async function upgrade(
  url: string,
  headers: Record<string, string> = strange,
): Promise<{ status: number; socket: WebSocket }> {
  const socket = new WebSocket(url.replace('http', 'ws'), { headers });
  const status = await new Promise<number>((resolve) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (_request, { statusCode }) => resolve(statusCode ?? 0));
    socket.once('error', () => resolve(0));
  });
  return { status, socket };
}
async function logIn(key: string, at = 0, headers: Record<string, string> = strange) {
  const body = new URLSearchParams({ key, to: '/console/jobs' });
  return ask('/login', { at, method: 'POST', body, headers });
}
/** With what `fetch` would not let one say. */
const answerTo = async (url: string, headers: Record<string, string>) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers }, (answer) => resolve(answer.resume())).once('error', reject);
  });
const cookieOf = ({ headers }: { headers: Headers }) => (headers.get('set-cookie') ?? '').split(';', 1)[0]!;

beforeAll(async () => {
  deployment = await Deployment.create([{ name: 'one', speed: 200 }]);
  replicas = [await deployment.start(), await deployment.start()];
  database = new pg.Client({ connectionString: deployment.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await deployment.destroy();
});

describe('a token', () => {
  it('opens one WebSocket: of 32 tries at once over two replicas one comes in', async () => {
    const { key } = await submitterKey('many');
    const token = await tokenOf({ authorization: `Bearer ${key}` });
    const tries = await Promise.all(
      Array.from({ length: 32 }, async (_, no) =>
        upgrade(`${replicas[no % 2]!.nativeUrl}/ws?token=${token}`),
      ),
    );
    expect(tries.filter(({ status }) => status === 101)).toHaveLength(1);
    expect(tries.filter(({ status }) => status === 401)).toHaveLength(31);
    for (const { socket } of tries) socket.terminate();
  });

  it('opens event streams, at the replica that did not make it, and nothing else', async () => {
    const { key } = await submitterKey('streamer');
    const bearer = { authorization: `Bearer ${key}` };
    for (const path of ['/v1/events', '/v1/jobs/01a7f0de-0000-7000-8000-000000000001/events']) {
      const token = await tokenOf(bearer);
      const answer = await fetch(`${replicas[1]!.url}${path}?token=${token}`, { headers: strange });
      expect(answer.status).toBe(path === '/v1/events' ? 200 : 404);
      await answer.body?.cancel();
      expect((await ask(`${path}?token=${token}`, { at: 1 })).status).toBe(401);
    }
    expect((await ask(`/v1/jobs?token=${await tokenOf(bearer)}`)).status).toBe(401);
    // A key is taken from no query.
    for (const name of ['token', 'api_key', 'key', 'access_token'])
      expect((await ask(`/v1/events?${name}=${key}`)).status).toBe(401);
  });

  it('ends with its minute and with its key, and is kept as a hash', async () => {
    const { id, key } = await submitterKey('short');
    const [late, orphan] = [await tokenOf({ 'x-api-key': key }), await tokenOf({ 'x-api-key': key })];
    const { rows } = await database.query<{ kept: string; left: number }>(
      `SELECT encode(hash, 'escape') || holder::text AS kept, extract(epoch FROM expires_at - now())::float8 AS left FROM token`,
    );
    expect(JSON.stringify(rows)).not.toContain(late.slice(4));
    expect(Math.max(...rows.map(({ left }) => left))).toBeLessThanOrEqual(60);
    await database.query(`UPDATE token SET expires_at = now()`);
    expect((await upgrade(`${replicas[0]!.nativeUrl}/ws?token=${late}`)).status).toBe(401);
    await database.query(`UPDATE token SET expires_at = now() + interval '1 minute'`);
    await ask(`/v1/keys/${id}`, { method: 'DELETE', headers: {} });
    expect((await upgrade(`${replicas[0]!.nativeUrl}/ws?token=${orphan}`)).status).toBe(401);
    // Whoever shows nothing gets one that opens what was open before.
    const nobodys = await tokenOf({});
    expect((await upgrade(`${replicas[0]!.nativeUrl}/ws?token=${nobodys}`)).status).toBe(401);
  });
});

describe('a login', () => {
  it('opens the console, /v1 and both sides of the native door, and no door for pages of every site', async () => {
    const { id, key } = await submitterKey('painter');
    const answer = await logIn(key);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/console/jobs']);
    expect(answer.headers.get('set-cookie')).toMatch(
      /^comfymux_login=cml_[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=43200$/,
    );
    const cookie = text('cookie', cookieOf(answer));
    const me = await ask('/v1/me', { at: 1, headers: cookie });
    expect(JSON.parse(me.body)).toMatchObject({ principal: 'painter', key_id: id, logged_in: true });
    expect((await fetch(`${replicas[1]!.nativeUrl}/queue`, { headers: cookie })).status).toBe(200);
    const { status, socket } = await upgrade(`${replicas[1]!.nativeUrl}/ws`, cookie);
    expect(status).toBe(101);
    socket.terminate();
    expect((await ask('/openai/v1/models', { headers: cookie })).status).toBe(401);
    expect((await ask('/api/v2/jobs', { headers: cookie })).status).toBe(401);
    const { rows } = await database.query<{ kept: string }>(
      `SELECT encode(hash, 'escape') || holder::text AS kept FROM login`,
    );
    expect(JSON.stringify(rows)).not.toContain(cookieOf(answer).slice(-43));
    expect(JSON.stringify(rows)).not.toContain(key.slice(13, 45));
  });

  it('is for pages of this service alone', async () => {
    const { key } = await submitterKey('tricked');
    const cookie = text('cookie', cookieOf(await logIn(key)));
    const evil = { origin: 'https://evil.example' };
    expect((await logIn(key, 0, { ...strange, ...evil })).status).toBe(403);
    for (const foreign of [evil, { 'sec-fetch-site': 'cross-site' }]) {
      const headers = { ...cookie, ...foreign };
      expect((await ask('/v1/me', { headers })).status).toBe(401);
      expect((await ask('/v1/tokens', { method: 'POST', headers })).status).toBe(403);
      expect((await ask('/login/out', { method: 'POST', headers })).status).toBe(403);
      expect((await upgrade(`${replicas[0]!.nativeUrl}/ws`, headers)).status).toBe(403);
    }
    expect((await ask('/v1/me', { headers: cookie })).status).toBe(200);
  });

  it('ends by logging out, by who ends them all, and with its key: on the other replica within two seconds, with its sockets', async () => {
    const { id, key } = await submitterKey('leaver');
    const { key: kept } = await submitterKey('stayer');
    const stays = text('cookie', cookieOf(await logIn(kept)));
    const endAll = (of: string) => async () => {
      const { body } = await ask(`/v1/${of}/logins`, { method: 'DELETE', headers: {} });
      expect(JSON.parse(body)).toEqual({ ended: 1 });
    };
    const ends = [
      async (headers: Record<string, string>) => ask('/login/out', { method: 'POST', headers }),
      endAll(`keys/${id}`),
      endAll('principals/leaver'),
      async () => ask(`/v1/keys/${id}`, { method: 'DELETE', headers: {} }),
    ];
    for (const end of ends) {
      const cookie = text('cookie', cookieOf(await logIn(key)));
      expect((await ask('/v1/me', { at: 1, headers: cookie })).status).toBe(200);
      const token = await tokenOf(cookie);
      const sockets = [
        await upgrade(`${replicas[1]!.nativeUrl}/ws`, cookie),
        await upgrade(`${replicas[1]!.nativeUrl}/ws?token=${token}`),
      ];
      expect(sockets.map(({ status }) => status)).toEqual([101, 101]);
      const unused = await tokenOf(cookie);
      const closed = Promise.all(sockets.map(async ({ socket }) => once(socket, 'close')));
      const endedAtMs = performance.now();
      await end(cookie);
      await eventually(async () => (await ask('/v1/me', { at: 1, headers: cookie })).status === 401, {
        intervalMs: 50,
      });
      expectWithin(2_000, endedAtMs);
      await closed;
      expect((await upgrade(`${replicas[1]!.nativeUrl}/ws?token=${unused}`)).status).toBe(401);
    }
    expect((await logIn(key)).status).toBe(422);
    expect((await ask('/v1/me', { at: 1, headers: stays })).status).toBe(200);
    expect((await ask('/v1/keys/nokey123/logins', { method: 'DELETE', headers: {} })).status).toBe(404);
    expect((await ask('/v1/principals/leaver/logins', { method: 'DELETE', headers: stays })).status).toBe(
      403,
    );
    const { rows } = await database.query<{ line: string }>(
      `SELECT concat_ws(' ', known_by, request, status) AS line FROM audit WHERE request LIKE '%/logins' AND request NOT LIKE '%nokey%'`,
    );
    expect(rows.map(({ line }) => line).toSorted()).toEqual([
      `local DELETE /v1/keys/${id}/logins 200`,
      'local DELETE /v1/principals/leaver/logins 200',
    ]);
  });

  it('ends with its time, by the clock of the database, and its sockets with it', async () => {
    const { key } = await submitterKey('sleeper');
    const cookie = text('cookie', cookieOf(await logIn(key)));
    const { socket } = await upgrade(`${replicas[1]!.nativeUrl}/ws`, cookie);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    await database.query(`UPDATE login SET expires_at = now() WHERE holder ->> 'keyId' = $1`, [
      key.slice(4, 12),
    ]);
    await eventually(async () => (await ask('/v1/me', { headers: cookie })).status === 401);
    await closed;
  });
});

describe('a page of the native door', () => {
  const page = { ...strange, accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none' };

  it('leads whoever has no credential to the login, and asks programs and scripts in their own ways', async () => {
    const opened = await answerTo(`${replicas[0]!.nativeUrl}/?a=1`, page);
    expect([opened.statusCode, opened.headers.location]).toEqual([302, '/login?to=%2F%3Fa%3D1']);
    const script = { ...strange, 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' };
    const told = await answerTo(`${replicas[0]!.nativeUrl}/queue`, script);
    expect([told.statusCode, told.headers['www-authenticate']]).toEqual([401, 'Bearer realm="ComfyMux"']);
  });

  it('has its cookie over TLS alone, under a name that only this host can set', async () => {
    const { key } = await submitterKey('tls');
    const proxied = await deployment.start({ TRUST_PROXY: '1' }, { nodesReady: false });
    const answer = await fetch(`${proxied.url}/login`, {
      method: 'POST',
      body: new URLSearchParams({ key }),
      headers: { ...strange, 'x-forwarded-proto': 'https' },
      redirect: 'manual',
    });
    expect(answer.headers.get('set-cookie')).toMatch(
      /^__Host-comfymux_login=cml_[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=43200; Secure$/,
    );
    const headers = text('cookie', cookieOf(answer));
    expect((await fetch(`${proxied.url}/v1/me`, { headers })).status).toBe(200);
    await proxied.stop();
  });

  it('takes a session only that this service made, but keeps what version 0.1 kept', async () => {
    const { nativeUrl } = replicas[0]!;
    const openPage = async (cookie: string) => {
      const answer = await fetch(nativeUrl, { headers: { accept: 'text/html', cookie } });
      await answer.body?.cancel();
      return cookieOf(answer);
    };
    const settingsAs = async (cookie: string) =>
      (await fetch(`${nativeUrl}/settings`, { headers: { cookie } })).json();
    const [chosen, old] = ['a'.repeat(32), 'b'.repeat(32)];
    for (const [id, kept] of [
      [chosen, false],
      [old, true],
    ] as const) {
      if (kept) {
        await database.query(`INSERT INTO ui_owner (place) VALUES ($1)`, [`session:${id}`]);
        await database.query(`INSERT INTO ui_setting (place, key, value) VALUES ($1, 'x', '1')`, [
          `session:${id}`,
        ]);
      }
      const unsigned = `comfymux_session=${id}`;
      expect(await settingsAs(unsigned)).toEqual({});
      const given = await openPage(unsigned);
      expect(given.startsWith(`${unsigned}.`)).toBe(kept);
      expect(await settingsAs(given)).toEqual(kept ? { x: 1 } : {});
      expect(await openPage(given)).toBe('');
      expect(await settingsAs(given.replace(/.$/, (letter) => (letter === 'A' ? 'B' : 'A')))).toEqual({});
    }
  });
});
