/** Every route of every door, asked by everybody: nobody, each role. What no line of the table names fails. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allDoors, createApp } from '../../../src/create-app.js';
import { plainDoor } from '../../../src/doors/kit/port/port.fixture.js';
import {
  keyOf,
  KeysStore,
  noScopes,
  randomBytesOfKey,
  type Role,
  roles,
} from '../../../src/modules/access/index.js';
import { loadConfig } from '../../../src/platform/config/index.js';
import { createPool, PrismaService } from '../../../src/platform/database/index.js';
import { createLogger } from '../../../src/platform/logging/index.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { freePort } from '../../support/ports.js';
import { type Least, table } from './table.js';

interface Route {
  port: 'main' | 'native';
  method: string;
  url: string;
}

const routes: Route[] = [];
const bases = { main: '', native: '' };
const keys = new Map<Role, string>();
let app: NestFastifyApplication;
let database: TestDatabase;
let dataDir: string;

/** A door that stands before the others and hears of every route of its port. */
const listening = (port: Route['port']) =>
  plainDoor({
    name: 'listening',
    ports: [port],
    prefixes: ['/listening'],
    register: (server: FastifyInstance) =>
      void server.addHook('onRoute', ({ method, url }) => {
        const methods = [method].flat();
        const told = methods.length > 3 ? ['*'] : methods;
        for (const each of told) routes.push({ port, method: each, url });
      }),
  });

beforeAll(async () => {
  database = await createDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'comfymux-access-'));
  const log = createLogger({ level: 'silent' });
  const pool = createPool({ url: database.url, poolSize: 1, log });
  const store = new KeysStore(new PrismaService(pool), pool);
  for (const role of roles) {
    const key = keyOf(randomBytes(randomBytesOfKey));
    const settings = { name: role, role, rights: [], scopes: noScopes, createdBy: null, expiresAt: null };
    await store.add({ id: role, tenantId: 'default', name: role }, key, settings);
    keys.set(role, key.text);
  }
  await pool.end();
  const nativePort = await freePort();
  const config = loadConfig({
    AUTH: 'on',
    SIMULATE: 'off',
    HOST: '127.0.0.1',
    PORT: '0',
    NATIVE_PORT: String(nativePort),
    DATA_DIR: dataDir,
    DATABASE_URL: database.url,
  });
  app = await createApp({ config, log, databaseUrl: database.url }, [
    listening('main'),
    listening('native'),
    ...allDoors,
  ]);
  await app.listen({ port: 0, host: '127.0.0.1' });
  bases.main = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  bases.native = `http://127.0.0.1:${nativePort}`;
});
afterAll(async () => {
  await app.close();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

const nameOf = ({ port, method, url }: Route): string => `${port} ${method} ${url}`;
/** Fastify makes a HEAD beside each GET; the pages of the documentation are many. */
function leastOf({ port, method, url }: Route): Least | undefined {
  const page = url.startsWith('/docs/') ? '/docs' : url;
  const methods = method === 'HEAD' ? ['HEAD', 'GET', '*'] : [method];
  return methods
    .map((each) => table.get(nameOf({ port, method: each, url: page })))
    .find((each) => each !== undefined);
}

const order: Least[] = ['read', 'submit', 'operator', 'admin'];
function isAllowed(who: Role | 'nobody', least: Least): boolean {
  if (least === 'open') return true;
  if (who === 'nobody') return false;
  if (least === 'known') return true;
  if (who === 'metrics') return least === 'metrics';
  return least === 'metrics'
    ? order.indexOf(who) >= order.indexOf('operator')
    : order.indexOf(who) >= order.indexOf(least);
}

test('every route has a line, and every line a route', () => {
  expect(routes.filter((route) => leastOf(route) === undefined).map(nameOf)).toEqual([]);
  const there = new Set(routes.map(nameOf));
  expect([...table.keys()].filter((line) => !there.has(line))).toEqual([]);
  expect(routes.length).toBeGreaterThan(100);
});

test('each route lets in whom its line names, and nobody else', async () => {
  const wrong: string[] = [];
  for (const route of routes) {
    const least = leastOf(route) ?? 'admin';
    for (const who of ['nobody', ...roles] as const) {
      const status = await ask(route, who);
      const said = status === 401 ? 'needs a key' : status === 403 ? 'is not let in' : 'is let in';
      const expected = isAllowed(who, least)
        ? 'is let in'
        : who === 'nobody'
          ? 'needs a key'
          : 'is not let in';
      if (said !== expected)
        wrong.push(`${nameOf(route)}: ${who} ${said} (${status}), expected: ${expected}`);
    }
  }
  expect(wrong).toEqual([]);
}, 240_000);

/** A body that no handler takes: whether it may is decided before. */
async function ask({ port, method, url }: Route, who: Role | 'nobody'): Promise<number> {
  const path = url
    .replaceAll('::', ':')
    .replaceAll(/:(?!convert|propose|cancel)\w+/g, 'x')
    .replaceAll('*', 'x/y/z');
  const key = who === 'nobody' ? undefined : keys.get(who);
  const sent = method === '*' ? 'GET' : method;
  const answer = await fetch(bases[port] + path, {
    method: sent,
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    redirect: 'manual',
    signal: AbortSignal.timeout(20_000),
  });
  await answer.body?.cancel();
  return answer.status;
}

test('a refusal tells which header to send, and whatever has no route needs no key to be told so', async () => {
  const refused = await fetch(`${bases.main}/v1/jobs`);
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="ComfyMux"']);
  expect(await refused.json()).toMatchObject({ code: 'unauthorized' });
  const page = await fetch(`${bases.native}/`);
  expect([page.status, page.headers.get('www-authenticate')]).toEqual([
    401,
    'Basic realm="ComfyMux", charset="UTF-8"',
  ]);
  expect((await fetch(`${bases.main}/v1/nowhere`)).status).toBe(404);
});
