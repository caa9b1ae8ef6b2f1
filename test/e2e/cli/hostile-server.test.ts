/** A server that lies, and nodes whose names are commands for a terminal: nothing of it reaches the terminal as it is. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { comfymux } from '../../support/cli.js';

const evil = '\u001b]0;owned\u0007\u001b[2J\u0000\u009b31m\u202e\ud800\r\nfake: ok';
const id = '00000000-0000-4000-8000-000000000000';
const controls = /(?!\n)\p{Cc}|\u202e/u;
const job = {
  id,
  state: 'succeeded',
  progress: 100,
  tenant: evil,
  workflow: evil,
  priority: 0,
  labels: { [evil]: evil },
  node_id: evil,
  attempts: 1,
  cancel_requested: false,
  trace_id: null,
  created_at: evil,
  started_at: evil,
  finished_at: evil,
  waiting_for: evil,
  queue_position: null,
  eta: null,
  error: { code: evil, message: evil },
  outputs: [
    {
      filename: `../../${evil}.sh`,
      url: `https://elsewhere.example/cfui/view?filename=x`,
      sha256: '',
      size_bytes: 1,
    },
  ],
  history: [{ no: 1, node_id: evil, state: evil, outcome: evil, error: { code: evil, message: evil } }],
};

let url: string;
let close: () => void;
const asked: { path: string; authorization: string | undefined }[] = [];

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? '';
  asked.push({ path, authorization: request.headers.authorization });
  const json = (body: unknown, status = 200): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  if (path.startsWith('/v1/jobs?')) return json({ jobs: [job], next_cursor: null });
  if (path.startsWith(`/v1/jobs/${id}`)) return json(job);
  if (path === '/v1/jobs') return json({ id, url: evil }, 202);
  if (path === '/v1/nodes')
    return json({
      nodes: [
        {
          id: evil,
          url: evil,
          state: evil,
          admin: evil,
          flags: [evil],
          breaker: evil,
          reason: evil,
          devices: [{ name: evil }],
          labels: {},
        },
      ],
    });
  if (path.startsWith('/v1/events')) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`event: job\ndata: ${JSON.stringify(job)}\n\nevent: job\ndata: not json\n\n`);
    return;
  }
  if (path.startsWith('/cfui/')) return void response.end('bytes');
  if (path.startsWith('/v1/tenants'))
    return void response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end();
  if (path.startsWith('/v1/readiness')) return void response.end('<html>');
  json({ detail: evil, errors: [{ pointer: evil, detail: evil }, null, 7] }, 422);
}

beforeAll(async () => {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => {
    server.closeAllConnections();
    server.close();
  };
});
afterAll(() => close());

const run = async (...args: string[]) => comfymux(args, { COMFYMUX_SERVER: url, COMFYMUX_KEY: 'a-key' });

it.each([
  [['jobs', 'ls'], 0],
  [['jobs', 'get', id], 0],
  [['jobs', 'ls', '--json'], 0],
  [['nodes', 'ls'], 0],
  [['workflows', 'ls'], 6],
  [['jobs', 'retry', 'x'], 6],
  [['jobs', 'failed'], 6],
  [['tenants', 'ls'], 3],
  [['doctor'], 1],
] as const)('%j shows nothing that a terminal obeys, and ends with %i', async (args, code) => {
  const { out, err, code: ended } = await run(...args);
  expect(out + err).not.toMatch(controls);
  expect(`${out}${err}`.split('\n').filter((line) => line.startsWith('fake'))).toEqual([]);
  expect(ended).toBe(code);
});

it('says the same in JSON', async () => {
  const { out } = await run('jobs', 'ls', '--json');
  expect(JSON.parse(out)).toMatchObject({ jobs: [{ workflow: evil }] });
});

it('writes results under plain names in the folder, asks no other server, and shows the key to none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'comfymux-hostile-'));
  const graph = join(folder, 'graph.json');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(graph, '{"1":{"class_type":"X","inputs":{}}}');
  const { code, out, err } = await run('run', graph, '--out', join(folder, 'out'));
  expect({ code, err: err.replace(id, '') }).toEqual({ code: 0, err: 'job \n' });
  expect(out).not.toMatch(controls);
  const names = await readdir(join(folder, 'out'));
  expect(names).toHaveLength(1);
  expect(names[0]).not.toMatch(/[\p{Cc}/\\]|^\./u);
  expect(existsSync(join(folder, '..', `${evil}.sh`))).toBe(false);
  expect(asked.filter(({ path }) => path.startsWith('/cfui/'))).toEqual([
    { path: '/cfui/view?filename=x', authorization: 'Bearer a-key' },
  ]);
  await rm(folder, { recursive: true, force: true });
});
