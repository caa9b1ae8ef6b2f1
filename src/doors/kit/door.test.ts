/** A door that is only an object: everything else must come with it. */
import { Registry } from 'prom-client';
import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { to } from './caller/route-access.js';
import { Fault } from '../../platform/fault.js';
import { LastCall } from '../../platform/lifecycle/index.js';
import { type Door, DoorTable } from './door.js';
import { answerError } from './errors/door-error.filter.js';
import { createHttpAdapter } from './port/http-adapter.js';
import { OpenPorts } from './port/open-ports.js';
import { equipForTest, plainDoor } from './port/port.fixture.js';

const declared = { config: { access: to('read', 'catalogue') } };
const tiny: Door = plainDoor({
  name: 'tiny',
  label: 'tiny',
  prefixes: ['/tiny'],
  errors: {
    answer: ({ status, code }) => ({ status, contentType: 'text/plain', body: `tiny says ${code}` }),
  },
  quietPaths: ['/tiny/quiet'],
  finish: (reply) => void reply.header('x-tiny', 'yes'),
  register: (server) => {
    server.get('/tiny/things', declared, async () => ['a thing']);
    server.get('/tiny/quiet', declared, async () => []);
    server.post('/tiny/things', declared, async ({ body }) => ({ took: body }));
    server.get('/tiny/full', declared, async () => {
      throw new Fault('queue_full', 'full', undefined, { retryAfterSeconds: 3 });
    });
  },
});
const open = plainDoor({
  name: 'open',
  label: 'open',
  cors: () => ({ kind: 'any-site' }),
  keepsOut: () => null,
  register: (server) => void server.post('/change', declared, async () => 'changed'),
});

let server: FastifyInstance;
let ports: OpenPorts;
let registry: Registry;
let base: string;
let lines: Record<string, unknown>[];

beforeEach(async () => {
  lines = [];
  registry = new Registry();
  ports = new OpenPorts(new LastCall());
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const doors = new DoorTable([open, tiny]);
  const adapter = createHttpAdapter({
    bodyLimitBytes: 1000,
    onMalformedUrl: (error, request, reply) => answerError(doors, log, { error, request, reply }),
  });
  server = adapter.getInstance<FastifyInstance>();
  server.setErrorHandler((error, request, reply) => answerError(doors, log, { error, request, reply }));
  ports.add(server);
  equipForTest(server, doors, { log, registry, config: { MAX_BODIES_BYTES: 20_000 } });
  for (const door of doors.doors) door.register(server, () => undefined as never);
  base = await server.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(async () => {
  await server.close();
});

const ask = (path: string, init: RequestInit = {}) => fetch(base + path, init);
const foreign = { origin: 'https://evil.example' };

test('its errors are its own, and say when to come back', async () => {
  const full = await ask('/tiny/full');
  expect([full.status, await full.text(), full.headers.get('retry-after')]).toEqual([
    429,
    'tiny says queue_full',
    '3',
  ]);
  expect(full.headers.get('x-tiny')).toBe('yes');
  expect(full.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
});

test('limits of a body hold, and a client that writes first reads the refusal', async () => {
  const post = async (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    ask('/tiny/things', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
  expect(await (await post('{"a":1}')).json()).toEqual({ took: { a: 1 } });
  expect((await post(JSON.stringify('x'.repeat(2000)))).status).toBe(413);
  const socket = connect(Number(new URL(base).port), '127.0.0.1');
  const head =
    'POST /tiny/things HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3000000\r\n\r\n';
  socket.write(head);
  socket.write(Buffer.alloc(3_000_000));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 413[^]*tiny says/);
  await once(socket, 'close');
});

test('a compressed body is opened within the limit; other encodings are 415', async () => {
  const post = async (body: Uint8Array<ArrayBuffer>, encoding: string) =>
    ask('/tiny/things', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
    });
  const packed = (text: string) => new Uint8Array(gzipSync(text));
  expect(await (await post(packed('{"a":2}'), 'gzip')).json()).toEqual({ took: { a: 2 } });
  expect((await post(packed(JSON.stringify('x'.repeat(1_000_000))), 'gzip')).status).toBe(413);
  expect((await post(packed('{}').subarray(0, 9), 'gzip')).status).toBe(400);
  expect((await post(packed('{}'), 'zstd')).status).toBe(415);
});

test('bodies of all requests together have one budget', async () => {
  const halves = Array.from({ length: 30 }, () => {
    const socket = connect(Number(new URL(base).port), '127.0.0.1');
    socket.write(
      'POST /tiny/things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n',
    );
    socket.write('"'.padEnd(900, 'x'));
    return socket;
  });
  const [answer] = (await Promise.any(halves.map(async (socket) => once(socket, 'data')))) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 503[^]*retry-after: 5/);
  for (const socket of halves) socket.destroy();
  await expect
    .poll(
      async () =>
        (
          await ask('/tiny/things', {
            method: 'POST',
            body: '{}',
            headers: { 'content-type': 'application/json' },
          })
        ).status,
    )
    .toBe(200);
});

test('pages of other sites read nothing and change nothing, however the path is written', async () => {
  for (const path of ['/tiny/things', '/%74iny/things', '/tiny/nowhere', '/%74iny/nowhere']) {
    const read = await ask(path, { headers: foreign });
    expect(read.headers.get('access-control-allow-origin'), path).toBeNull();
    const preflight = await ask(path, {
      method: 'OPTIONS',
      headers: { ...foreign, 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers.get('access-control-allow-origin'), path).toBeNull();
    expect((await ask(path, { method: 'POST', headers: foreign })).status, path).toBe(403);
  }
  const marks: Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'null' },
    { origin: 'x' },
  ];
  for (const headers of marks)
    expect((await ask('/tiny/things', { method: 'POST', headers })).status).toBe(403);
  const own = { origin: base, 'sec-fetch-site': 'same-origin' };
  expect((await ask('/tiny/things', { method: 'POST', headers: own })).status).toBe(200);
  const opened = await ask('/change', { method: 'POST', headers: foreign });
  expect([opened.status, opened.headers.get('access-control-allow-origin')]).toEqual([200, foreign.origin]);
});

async function statusUnder(host: string, path: string): Promise<number> {
  const socket = connect(Number(new URL(base).port), '127.0.0.1');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return Number(answer.toString().slice(9, 12));
}

test('a name that leads here by DNS rebinding is refused', async () => {
  for (const host of [
    'evil.example',
    'evil.example:5014',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
  ])
    expect([host, await statusUnder(host, '/tiny/things')]).toEqual([host, 403]);
  for (const host of [
    'localhost',
    '10.1.2.3:80',
    '[::1]:5014',
    'comfymux',
    'comfymux.team.svc.cluster.local',
  ])
    expect([host, await statusUnder(host, '/tiny/things')]).toEqual([host, 200]);
});

test('its requests are counted and logged under its name, by route pattern', async () => {
  await ask('/tiny/things?secret=1');
  await ask('/tiny/things', { method: 'POST' });
  await ask('/tiny/quiet');
  await ask('/tiny/nowhere');
  await expect.poll(() => lines.filter(({ msg }) => msg === 'request').length).toBe(4);
  expect(lines.filter(({ msg }) => msg === 'request')).toMatchObject([
    { level: 20, door: 'tiny', path: '/tiny/things', status: 200 },
    { level: 30, door: 'tiny', method: 'POST', path: '/tiny/things', status: 200 },
    { level: 20, door: 'tiny', path: '/tiny/quiet' },
    { level: 30, door: 'tiny', path: '/tiny/nowhere', status: 404 },
  ]);
  const metrics = await registry.metrics();
  expect(metrics).toContain(
    'comfymux_http_request_seconds_count{door="tiny",method="GET",route="/tiny/things",status="200"} 1',
  );
  expect(metrics).toContain('door="tiny",method="GET",route="none",status="404"');
});

test('it is left like the others: what is under way is answered, and nobody new comes in', async () => {
  await ask('/tiny/things');
  await ports.beforeApplicationShutdown();
  await expect(ask('/tiny/things')).rejects.toThrow('fetch failed');
});

test('a field that is left out does not compile', () => {
  const { keepsOut: _, ...rest } = tiny;
  // @ts-expect-error a door must say whom it keeps out
  const unfinished: Door = rest;
  expect(unfinished).toBeDefined();
});
