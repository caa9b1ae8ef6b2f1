import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../platform/logging/index.js';
import { DoorTable } from '../kit/index.js';
import { answerError } from '../kit/errors/door-error.filter.js';
import { createHttpAdapter } from '../kit/port/http-adapter.js';
import { equipForTest, plainDoor } from '../kit/port/port.fixture.js';
import { encodingFor } from './built-files.js';
import { consoleDoor, registerPages } from './console.door.js';

const page = '<!doctype html><title>ComfyMux</title>';
const script = 'console.log("a script that is long enough to be worth it")'.repeat(20);
let dir: string;
const servers: FastifyInstance[] = [];

async function serve(folder: string): Promise<string> {
  const doors = new DoorTable([
    plainDoor(),
    { ...consoleDoor, register: (server) => registerPages(server, folder) },
  ]);
  const server = createHttpAdapter({ bodyLimitBytes: 1000 }).getInstance<FastifyInstance>();
  const log = createLogger({ level: 'silent' });
  server.setErrorHandler((error, request, reply) => answerError(doors, log, { error, request, reply }));
  equipForTest(server, doors);
  for (const door of doors.doors) door.register(server, () => undefined as never);
  servers.push(server);
  return server.listen({ port: 0, host: '127.0.0.1' });
}

let base: string;
const get = async (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(base + path, { headers, method });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'comfymux-console-'));
  await mkdir(join(dir, 'assets'));
  await writeFile(join(dir, 'index.html'), page);
  for (const [name, content] of [
    ['assets/index-abc.js', script],
    ['assets/index-abc.js.gz', gzipSync(script)],
    ['assets/index-abc.js.br', brotliCompressSync(script)],
  ] as const)
    await writeFile(join(dir, name), content);
  base = await serve(dir);
});
afterAll(async () => {
  await Promise.all(servers.map(async (server) => server.close()));
  await rm(dir, { recursive: true });
});

test('the page stands at its address and at those of its pages, and is asked for anew', async () => {
  for (const path of ['/console', '/console/', '/console/jobs/01a2', '/console/nodes/a%2Fb?x=1']) {
    const answer = await get(path);
    expect([path, answer.status, await answer.text()]).toEqual([path, 200, page]);
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  }
});

test('nothing runs, is framed or is fetched that is not its own', async () => {
  const { headers } = await get('/console');
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
  expect(headers.get('x-frame-options')).toBe('DENY');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

test('files with a hash in their names are kept for ever, and come compressed to who takes that', async () => {
  for (const [accepted, encoding] of [
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['identity', null],
  ] as const) {
    const answer = await get('/console/assets/index-abc.js', { 'accept-encoding': accepted });
    expect([accepted, answer.headers.get('content-encoding')]).toEqual([accepted, encoding]);
    expect(await answer.text()).toBe(script);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('vary')).toBe('accept-encoding');
  }
});

test('what a browser has is not sent again', async () => {
  const etag = (await get('/console')).headers.get('etag') ?? '';
  const again = await get('/console', { 'if-none-match': etag });
  expect([again.status, await again.text()]).toEqual([304, '']);
  expect((await get('/console', { 'if-none-match': '"other"' })).status).toBe(200);
});

test('HEAD tells the same without the page', async () => {
  const head = await get('/console', {}, 'HEAD');
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
    200,
    String(page.length),
    '',
  ]);
});

test('a script of an older build is a 404, not a page; nothing outside the folder is found', async () => {
  expect((await get('/console/assets/index-old.js')).status).toBe(404);
  const outside = await get('/console/..%2f..%2fpackage.json');
  expect(await outside.text()).not.toContain('"name"');
});

test('where nothing was built the answer says what to do', async () => {
  base = await serve(join(dir, 'nowhere'));
  const answer = await get('/console');
  expect([answer.status, await answer.json()]).toMatchObject([
    404,
    { detail: expect.stringContaining('npm run build') },
  ]);
});

test('encodings that nobody made are not promised', () => {
  const file = { contentType: '', etag: '', immutable: false, plain: Buffer.from(''), encoded: {} };
  expect(encodingFor(file, 'br, gzip')).toBeNull();
});
