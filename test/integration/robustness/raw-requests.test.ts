/** One connection, one request: nothing that comes on it ends the process or costs more than its bytes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Deployment, type Replica } from '../../support/deployment.js';
import { sendRaw } from '../../support/raw-http.js';
import { expectWithin } from '../../support/within.js';

let deployment: Deployment;
let service: Replica;

beforeAll(async () => {
  deployment = await Deployment.create([{ name: 'sim' }]);
  service = await deployment.start();
});
afterAll(async () => {
  await deployment.destroy();
});

const targets = [
  '//',
  '//[',
  'http://[',
  '/%',
  '/%ff',
  '/ws%',
  '///ws',
  '*',
  '/\u00ff',
  '//ws?clientId=%',
  '/?%zz',
];
const offers = [
  '',
  'Connection: Upgrade\r\nUpgrade: websocket\r\n',
  'Connection: Upgrade\r\nUpgrade: h2c\r\n',
];
const hosts = ['a', '[::1', 'a b', ''];

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);

describe.each(['main', 'native'] as const)('the %s port', (port) => {
  const base = () => (port === 'main' ? service.url : service.nativeUrl);

  test.each(targets)('answers every head whose target is %j', async (target) => {
    for (const offer of offers)
      for (const host of hosts)
        for (const method of ['GET', 'POST', 'OPTIONS', 'BREW']) {
          const head = `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${host}\r\n${offer}Connection: close\r\n\r\n`;
          const answer = await sendRaw(base(), Buffer.from(head, 'latin1'));
          expect(statusOf(answer), `${head}\n${answer}`).toBeGreaterThanOrEqual(200);
          expect(statusOf(answer), `${head}\n${answer}`).toBeLessThan(500);
        }
    expect((await fetch(`${service.url}/livez`)).status).toBe(200);
  });
});

test('an offer of HTTP/2 is answered as if it were none', async () => {
  const head = (path: string) =>
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`;
  for (const path of ['/queue', '/system_stats', '/api/features'])
    expect(statusOf(await sendRaw(service.nativeUrl, head(path)))).toBe(200);
  expect(statusOf(await sendRaw(service.url, head('/health')))).toBe(200);
});

test.each([
  ['digits', `${'1'.repeat(80_000)}x`],
  ['spaces', `1${' '.repeat(80_000)}x`],
  ['signs', `${'-'.repeat(80_000)}1`],
  ['exponents', `1e${'0'.repeat(80_000)}x`],
])('a number made of many %s is refused at once', async (_name, cfg) => {
  const body = JSON.stringify({ prompt: 'a', image_filename: 'a.png', cfg });
  const beganMs = performance.now();
  const answer = await fetch(`${service.url}/api/generate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  expect(answer.status).toBe(422);
  expectWithin(2_000, beganMs);
});

test('the process that has answered all this is the one that was started', async () => {
  expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
  process.kill(service.pid, 0);
  expect(service.output()).not.toContain('request failed');
});
