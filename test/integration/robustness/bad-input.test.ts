import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { Agent, type IncomingMessage, request, type RequestOptions } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SimulatedNode, startSimulatedNode } from '../../../src/programs/simulator/index.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { eventually } from '../../support/poll.js';
import { residentBytes } from '../../support/processes.js';
import { type Service, startService } from '../../support/service.js';
import { type BadRequest, badRequests, limits } from './bad-requests.js';

const dataDir = mkdtempSync(join(tmpdir(), 'comfymux-bad-input-'));
let database: TestDatabase;
let node: SimulatedNode;
let service: Service;

beforeAll(async () => {
  database = await createDatabase();
  node = await startSimulatedNode();
  service = await startService({
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    NODES: `sim=${node.url}`,
    IDLE_POLL_INTERVAL_MS: '200',
    LOG_LEVEL: 'warn',
    ...limits,
  });
  // An inventory is known: before that nobody can tell an unknown class.
  await eventually(
    async () => (await (await fetch(`${service.url}/v1/nodes`)).text()).includes('"state":"ready"'),
    { timeoutMs: 30_000 },
  );
});

afterAll(async () => {
  await service.stop();
  await node.stop();
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function send({ path, init }: BadRequest): Promise<{ status: number; text: string }> {
  const response = await fetch(service.url + path, { ...init(), signal: AbortSignal.timeout(30_000) });
  return { status: response.status, text: await response.text() };
}

describe('what no caller should send', () => {
  test.each(badRequests)('$what gets $status', async (bad) => {
    const { status, text } = await send(bad);
    expect(text).toMatch(bad.says);
    expect(status).toBe(bad.status);
    expect(JSON.parse(text)).toHaveProperty('detail');
  });

  test('leaves no job, no prompt on a node, no file and no log of an error', async () => {
    const { rows } = await database.pool.query<{ jobs: string; uploads: string }>(
      'select (select count(*) from job) as jobs, (select count(*) from upload) as uploads',
    );
    expect(rows).toEqual([{ jobs: '0', uploads: '0' }]);
    expect(node.record()).toEqual([]);
    expect(readdirSync(join(dataDir, 'storage', 'unfinished'))).toEqual([]);
    expect(service.output()).not.toContain('"level":"error"');
  });

  test.runIf(process.platform === 'linux')('costs no memory, 1000 times', { timeout: 180_000 }, async () => {
    await sendMany(300);
    const before = residentBytes(service.pid);
    await sendMany(1000);
    const grownBytes = residentBytes(service.pid) - before;
    console.info(
      `resident memory before ${megabytes(before)} MB, ${megabytes(grownBytes)} MB more after 1000 bad requests`,
    );
    expect(grownBytes).toBeLessThan(60e6);
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
  });
});

async function sendMany(count: number): Promise<void> {
  let next = 0;
  const sender = async () => {
    for (let index = next++; index < count; index = next++) {
      const bad = badRequests[index % badRequests.length]!;
      expect((await send(bad)).status, bad.what).toBe(bad.status);
    }
  };
  await Promise.all(Array.from({ length: 4 }, sender));
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e6);

describe('an upload over the limit', () => {
  const boundary = 'edge';
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="image"; filename="a.gif"\r\n\r\nGIF89a\x10\0\x10\0`;
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };

  test('is answered although its sender never ends', async () => {
    const upload = request(`${service.url}/api/upload_and_generate`, { method: 'POST', headers });
    upload.on('error', () => undefined);
    const body = Readable.from(endlessly(head));
    body.pipe(upload);
    const [response] = (await once(upload, 'response', { signal: AbortSignal.timeout(20_000) })) as [
      IncomingMessage,
    ];
    expect(response.statusCode).toBe(413);
    body.destroy();
    upload.destroy();
  });

  test('leaves its connection fit for the next request', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const body = `${head}${'x'.repeat(500_000)}\r\n--${boundary}--\r\n`;
    const refused = await ask('/api/upload_and_generate', { method: 'POST', headers, agent }, body);
    const next = await ask('/livez', { method: 'GET', agent });
    expect([refused.status, next.status]).toEqual([413, 200]);
    expect(next.port).toBe(refused.port);
    agent.destroy();
  });
});

function* endlessly(start: string): Generator<Buffer> {
  yield Buffer.from(start);
  const chunk = Buffer.alloc(10_000);
  for (;;) yield chunk;
}

async function ask(path: string, options: RequestOptions, body?: string) {
  const call = request(service.url + path, options);
  call.end(body);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const port = response.socket.localPort;
  response.resume();
  await once(response, 'end');
  return { status: response.statusCode, port };
}
