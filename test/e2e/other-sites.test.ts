/**
 * A page of another site, in a real browser, at every route of both ports: it reads nothing and changes nothing, but for the
 * original API, which was open to every page from the start. A new route is asked like all others; to open it takes a line here.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allDoors, createApp } from '../../src/create-app.js';
import { plainDoor } from '../../src/doors/kit/port/port.fixture.js';
import { loadConfig } from '../../src/platform/config/index.js';
import { createLogger } from '../../src/platform/logging/index.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { freePort } from '../support/ports.js';

/** What every page may read and send: port 5014 as it always was, and its documentation. */
const open = new Set([
  '/',
  '/health',
  '/api/enhance_prompt',
  '/api/generate',
  '/api/upload_and_generate',
  '/api/upload_and_generate_sync',
  '/api/status/:prompt_id',
  '/cfui/view',
  '/docs',
  '/openapi.json',
]);

interface Route {
  port: 'main' | 'native';
  method: string;
  url: string;
}

interface Attempt {
  route: string;
  mode: 'cors' | 'no-cors';
  method: string;
  url: string;
}

const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
);
const routes: Route[] = [];
const bases = { main: '', native: '' };
let app: NestFastifyApplication;
let database: TestDatabase;
let dataDir: string;
let stranger: Server;
let browser: Browser;
let page: Page;

const listening = (port: Route['port']) =>
  plainDoor({
    name: 'listening',
    ports: [port],
    prefixes: ['/listening'],
    register: (server: FastifyInstance) =>
      void server.addHook('onRoute', ({ method, url }) => {
        const methods = [method].flat();
        for (const each of methods.length > 3 ? ['GET', 'POST', 'PUT', 'DELETE'] : methods)
          if (each !== 'HEAD' && each !== 'OPTIONS') routes.push({ port, method: each, url });
      }),
  });

describe.skipIf(browserPath === undefined)('a page of another site', () => {
  beforeAll(async () => {
    [database, dataDir] = [await createDatabase(), await mkdtemp(join(tmpdir(), 'comfymux-sites-'))];
    const nativePort = await freePort();
    const config = loadConfig({
      SIMULATE: 'off',
      HOST: '127.0.0.1',
      PORT: '0',
      NATIVE_PORT: String(nativePort),
      DATA_DIR: dataDir,
      DATABASE_URL: database.url,
    });
    app = await createApp({ config, log: createLogger({ level: 'silent' }), databaseUrl: database.url }, [
      listening('main'),
      listening('native'),
      ...allDoors,
    ]);
    await app.listen({ port: 0, host: '127.0.0.1' });
    bases.main = (await app.getUrl()).replace('[::1]', '127.0.0.1');
    bases.native = `http://127.0.0.1:${nativePort}`;
    stranger = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<title>stranger</title>');
    });
    await new Promise<void>((done) => stranger.listen(0, '127.0.0.1', done));
    browser = await chromium.launch({
      executablePath: browserPath ?? '',
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    });
    page = await browser.newPage();
    // Another site than 127.0.0.1 in a browser's eyes.
    await page.goto(`http://localhost:${(stranger.address() as AddressInfo).port}/`);
  });
  afterAll(async () => {
    await browser.close();
    stranger.close();
    await app.close();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const isOpen = ({ port, url }: Route): boolean =>
    port === 'main' && open.has(url.startsWith('/docs/') ? '/docs' : url);
  const nameOf = ({ port, method, url }: Route): string => `${port} ${method} ${url}`;

  function attemptsAt(route: Route): Attempt[] {
    const { port, method, url } = route;
    const path = url.replaceAll(/:\w+(\([^)]*\))?|\*/g, 'x');
    const modes: Attempt['mode'][] = method === 'GET' || method === 'POST' ? ['cors', 'no-cors'] : ['cors'];
    return modes.flatMap((mode) =>
      [path, spelt(path)].map((written, no) => {
        const name = no === 0 ? nameOf(route) : `${nameOf(route)}, spelt otherwise`;
        const asked = encodeURIComponent(`${mode} ${name}`);
        return { route: name, mode, method, url: `${bases[port]}${written}?asked=${asked}` };
      }),
    );
  }

  test('reads nothing and changes nothing', async () => {
    const closed = routes.filter((route) => !isOpen(route));
    expect(closed.length).toBeGreaterThan(80);
    const answered = new Map<string, number>();
    page.on('response', (response) => {
      const asked = new URL(response.url()).searchParams.get('asked');
      if (asked !== null && response.request().method() !== 'OPTIONS') answered.set(asked, response.status());
    });
    const attempts = closed.flatMap(attemptsAt);
    const read = await page.evaluate(readAll, attempts);
    expect(read).toEqual([]);
    // What a page may send without asking is refused before it is looked at: 404 and 405 are routes that take nothing of the kind.
    const taken = attempts.filter(
      ({ route, mode, method }) =>
        method !== 'GET' && ![undefined, 403, 404, 405].includes(answered.get(`${mode} ${route}`)),
    );
    expect(taken.map(({ route, mode }) => `${mode} ${route} ${answered.get(`${mode} ${route}`)}`)).toEqual(
      [],
    );
    expect([...answered.values()].filter((status) => status === 403).length).toBeGreaterThan(20);
  });

  test('may use the original API', async () => {
    const health = `${bases.main}/health`;
    expect(await page.evaluate(async (url) => (await fetch(url)).status, health)).toBe(200);
  });
});

/** The same path to a router, and another to who compares texts. */
const spelt = (path: string): string =>
  path.replace(/^\/(\w)/, (_, letter: string) => `/%${letter.charCodeAt(0).toString(16)}`);

/** In the page: what could be read. */
async function readAll(attempts: Attempt[]): Promise<string[]> {
  const read: string[] = [];
  for (const { route, mode, method, url } of attempts) {
    const body = method === 'GET' ? {} : { body: '{}' };
    const headers =
      mode === 'cors' && method !== 'GET' ? { headers: { 'content-type': 'application/json' } } : {};
    const signal = AbortSignal.timeout(5_000);
    try {
      const answer = await fetch(url, { method, mode, credentials: 'include', signal, ...body, ...headers });
      if (answer.type !== 'opaque') read.push(`${mode} ${route} ${answer.status}`);
    } catch {
      continue;
    }
  }
  return read;
}
