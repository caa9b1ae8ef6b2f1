/** What every answer says of itself, whichever route, port and spelling; and what requests get that no route is meant for. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { table } from '../../contract/access/table.js';
import { Deployment, type Replica } from '../../support/deployment.js';
import { LyingNode, say } from '../../support/lying-node.js';
import { eventually } from '../../support/poll.js';
import { connectTo, sendRaw } from '../../support/raw-http.js';

let node: LyingNode;
let deployment: Deployment;
let service: Replica;

beforeAll(async () => {
  node = await LyingNode.start();
  deployment = await Deployment.create([]);
  service = await deployment.start({ NODES: `n=${node.url}`, LOG_LEVEL: 'info' }, { nodesReady: false });
  await eventually(() => service.jobs.nodesTakeWork(['n']), { timeoutMs: 30_000, what: 'the node' });
});
afterAll(async () => {
  await deployment.destroy();
  await node.stop();
});

const baseOf = (port: string): string => (port === 'native' ? service.nativeUrl : service.url);

/** Two spellings of one path to the router. */
const spellings = (path: string): string[] => [
  path,
  path.replace(/^\/(\w)/, (_, letter: string) => `/%${letter.charCodeAt(0).toString(16)}`),
];

interface Asked {
  name: string;
  url: string;
}

const reads = (): Asked[] =>
  [...table.keys()].flatMap((line) => {
    const [port = '', method = '', route = ''] = line.split(' ');
    if (method !== 'GET' && method !== '*') return [];
    const path = route.replaceAll('::', ':').replaceAll(/:\w+(?=\/|$)|\*/g, 'x');
    return spellings(path).map((spelt) => ({ name: `${port} ${spelt}`, url: `${baseOf(port)}${spelt}` }));
  });

/** The head alone: streams do not end. */
async function headOf(url: string): Promise<Headers> {
  const done = new AbortController();
  try {
    const { headers } = await fetch(url, { redirect: 'manual', signal: done.signal });
    return headers;
  } finally {
    done.abort();
  }
}

/** Empty, or what is wrong. */
function wrongWith(headers: Headers): string {
  const type = headers.get('content-type');
  if (type === null || headers.get('location') !== null) return '';
  if (headers.get('x-content-type-options') !== 'nosniff') return `${type} may be taken for something else`;
  const mayBeFramed =
    !/frame-ancestors|sandbox/.test(headers.get('content-security-policy') ?? '') &&
    headers.get('x-frame-options') === null;
  return type.startsWith('text/html') && mayBeFramed ? `${type} may be put into a frame` : '';
}

test('no answer is guessed at, and no page of ours is framed, however its path is written', async () => {
  const asked = reads();
  expect(asked.length).toBeGreaterThan(150);
  const wrong: string[] = [];
  for (const { name, url } of asked) {
    const reason = wrongWith(await headOf(url));
    if (reason !== '') wrong.push(`${name}: ${reason}`);
  }
  expect(wrong).toEqual([]);
});

describe.each(['main', 'native'])('the %s port', (port) => {
  test('takes a form without a boundary for a mistake of its sender', async () => {
    const routes = [...table.keys()].filter((line) => line.startsWith(`${port} POST`));
    const failed: string[] = [];
    for (const line of routes) {
      const path = (line.split(' ')[2] ?? '').replaceAll('::', ':').replaceAll(/:\w+(?=\/|$)/g, 'x');
      for (const type of [
        'multipart/form-data',
        'multipart/form-data; boundary=',
        'multipart/x; boundary=a',
      ]) {
        const { status } = await fetch(`${baseOf(port)}${path}`, {
          method: 'POST',
          headers: { 'content-type': type },
          body: '--a\r\n',
        });
        if (status >= 500 && status !== 501 && status !== 503) failed.push(`${path} ${type}: ${status}`);
      }
    }
    expect(failed).toEqual([]);
  });

  test('words what no route has seen as its own errors are worded', async () => {
    const long = 'a'.repeat(9_000);
    for (const target of ['/%', `/userdata/${long}`, `/api/status/${long}`, `/v1/jobs/${long}`, '/api/%zz']) {
      const response = await fetch(`${baseOf(port)}${target}`);
      const body = await response.text();
      expect(response.status, target).toBeGreaterThanOrEqual(400);
      expect(response.status, target).toBeLessThan(500);
      expect(body, target).not.toMatch(/statusCode|FST_|Maximum/);
      expect(wrongWith(response.headers), target).toBe('');
    }
  });

  test('logs nothing as its own fault when callers hang up at any place of a request', async () => {
    const request = `POST /prompt HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{"prompt"`;
    const before = service.output().length;
    for (let length = 1; length < request.length; length += 7)
      await new Promise<void>((resolve) => {
        const socket = connectTo(baseOf(port));
        socket.once('connect', () => {
          socket.write(request.slice(0, length));
          socket.resetAndDestroy();
        });
        socket.once('close', () => resolve());
      });
    expect(await sendRaw(baseOf(port), 'GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')).toContain(
      'HTTP/1.1',
    );
    expect(service.output().slice(before)).not.toMatch(/"level":"(error|fatal)"|TypeError/);
  });
});

const oddNames = [
  'a\r\nX-Slipped: in.png',
  'quote".png',
  'half;name=b.png',
  '100%41.png',
  '\u202Egnp.exe.png',
  'caf\u00e9 日本.png',
  "it's (1) [2].png",
  '-rf.png',
];

test('a result of any name is opened by the address that is told of it', async () => {
  for (const name of oddNames) node.files.set(`output//${name}`, Buffer.from(name));
  const images = oddNames.map((filename) => ({ filename, subfolder: '', type: 'output' }));
  const job = await service.jobs.ended(await service.jobs.submit(say({ images })), 60_000);
  expect(job.state).toBe('succeeded');
  expect(job.outputs.map(({ filename }) => filename)).toEqual(oddNames);
  for (const { filename, url } of job.outputs) {
    const response = await fetch(url);
    expect(response.status, filename).toBe(200);
    expect(await response.text()).toBe(filename);
    expect(response.headers.get('x-slipped')).toBeNull();
    expect(wrongWith(response.headers), filename).toBe('');
  }
});
