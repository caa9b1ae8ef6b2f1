/** What a proxy on the same machine passed on is never the local operator, whatever it says of itself and whatever its client claims. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Deployment, type Replica } from '../../support/deployment.js';
import { forwardingHeaders } from '../../support/forwarding-headers.js';

let deployment: Deployment;
let replica: Replica;

beforeAll(async () => {
  deployment = await Deployment.create([]);
  replica = await deployment.start();
});
afterAll(async () => deployment.destroy());

const statusOf = async (url: string, headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (answer) => resolve(answer.resume().statusCode ?? 0)).once(
      'error',
      reject,
    );
  });
const upgradeOf = async (headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`${replica.nativeUrl.replace('http', 'ws')}/ws`, { headers });
    socket.once('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.once('unexpected-response', (_request, { statusCode = 0 }) => resolve(statusCode));
    socket.once('error', reject);
  });
const everywhere = async (headers: Record<string, string>): Promise<number[]> => [
  await statusOf(`${replica.url}/v1/keys`, headers),
  await statusOf(`${replica.nativeUrl}/queue`, headers),
  await upgradeOf(headers),
];

it('by every header that proxies add, on both ports', async () => {
  expect(await everywhere({})).toEqual([200, 200, 101]);
  for (const [name, value] of Object.entries(forwardingHeaders))
    expect([name, ...(await everywhere({ [name]: value }))]).toEqual([name, 401, 401, 401]);
});

/** Without the right to make them, as in some containers. */
const namespaces = spawnSync(
  'unshare',
  ['-rn', 'sh', '-c', 'ip link add name here type veth peer name there'],
  {
    encoding: 'utf8',
  },
);
const isPermitted = namespaces.status === 0;
if (!isPermitted)
  console.warn(
    `skipped: network namespaces are not permitted here (${namespaces.error?.message ?? namespaces.stderr.trim()})`,
  );

interface Case {
  /** An address with its port. */
  to: string;
  path: string;
  headers: Record<string, string>;
  expected: number;
}

it.skipIf(!isPermitted)(
  'in a network of its own: from here, from another machine, and through a proxy',
  async () => {
    const [service, address, proxy] = ['127.0.0.1:5014', '10.77.0.1:5014', '10.77.0.1:8080'];
    const secret = '/v1/keys';
    const of = (to: string, headers: Record<string, string>, expected = 401, path = secret): Case => ({
      to,
      path,
      headers,
      expected,
    });
    /** What the proxy says instead of what its client said. */
    const saying = (sets: Record<string, string>) => ({ 'x-proxy-sets': JSON.stringify(sets) });
    const each = Object.entries(forwardingHeaders).map(([name, value]) => ({ [name]: value }));
    const inside = [
      of(service, {}, 200),
      of('[::1]:5014', {}, 200),
      of(service, { host: 'localhost' }, 200),
      of(address, {}),
      of(address, { host: 'localhost' }),
      of(service, { host: 'comfy.local' }),
      ...each.map((headers) => of(service, headers)),
    ];
    const outside = [
      of(address, {}),
      of(address, { host: 'localhost' }),
      of(address, { host: '127.0.0.1:5014' }),
      ...each.map((headers) => of(address, { host: 'localhost', ...headers })),
      of(address, {}, 200, '/health'),
      // A proxy that passes on the name under which it was asked, and says nothing else.
      of(proxy, {}),
      // One that asks under the name of its target, as nginx does, and says for whom.
      ...each.map((headers) => of(proxy, saying({ host: 'localhost:5014', ...headers }))),
      // One that says for whom and passes on the name, which its client chose well.
      of(proxy, { host: 'localhost', ...saying({ 'x-forwarded-for': '10.77.0.2' }) }),
      of(proxy, saying({ 'x-forwarded-for': '10.77.0.2' }), 200, '/health'),
    ];
    const folder = await mkdtemp(join(tmpdir(), 'comfymux-namespace-'));
    const database = new URL(deployment.databaseUrl);
    const databaseFile = join(folder, 'database');
    // The one way out of the namespace is a file.
    const bridge = createServer((near) => {
      const far = connect(Number(database.port), database.hostname);
      near.on('error', () => far.destroy()).on('close', () => far.destroy());
      far.on('error', () => near.destroy()).on('close', () => near.destroy());
      near.pipe(far).pipe(near);
    });
    bridge.listen(databaseFile);
    try {
      const settings = {
        databaseFile,
        databasePort: Number(database.port),
        service: [process.execPath, fileURLToPath(new URL('../../../dist/main.js', import.meta.url))],
        env: { DATABASE_URL: deployment.databaseUrl, DATA_DIR: folder, SIMULATE: 'off', NODES: '' },
        cases: { inside, outside },
      };
      const program = fileURLToPath(new URL('../../support/namespace.program.mjs', import.meta.url));
      const { stdout } = await promisify(execFile)(
        'unshare',
        ['-rn', process.execPath, program, 'main', JSON.stringify(settings)],
        { maxBuffer: 64 * 1024 * 1024, timeout: 58_000 },
      );
      const got = JSON.parse(stdout) as { inside: number[]; outside: number[] };
      const statusesOf = (cases: readonly Case[], statuses: readonly number[]) =>
        cases.map(({ to, headers }, at) => ({ to, headers, status: statuses[at] }));
      const wanted = (cases: readonly Case[]) =>
        statusesOf(
          cases,
          cases.map(({ expected }) => expected),
        );
      expect(statusesOf(inside, got.inside)).toEqual(wanted(inside));
      expect(statusesOf(outside, got.outside)).toEqual(wanted(outside));
    } finally {
      bridge.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
);
