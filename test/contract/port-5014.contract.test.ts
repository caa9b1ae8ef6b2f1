/** The recorded requests of the original API, sent to the built service with simulated nodes behind it. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SimulatedNode, startSimulatedNode } from '../../src/programs/simulator/index.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/poll.js';
import { type Service, startService } from '../support/service.js';

interface Recorded {
  name: string;
  request: {
    method: string;
    path: string;
    files?: object;
    data?: Record<string, string | number> | string;
    json?: unknown;
    headers?: Record<string, string>;
  };
  response: { status: number; content_type: string; body: unknown };
}

interface Video {
  filename: string;
  subfolder: string;
  type: string;
  format: string;
  url: string;
}

interface Status {
  status: string;
  progress: number | null;
  videos: Video[] | null;
  error: string | null;
}

const recordings = JSON.parse(
  readFileSync(new URL('recordings/port-5014.json', import.meta.url), 'utf8'),
) as Recorded[];
const outOfRange = 'upload width too large (500 in the original; 422 is wanted)';
const image = new Blob([PNG.sync.write(new PNG({ width: 64, height: 36 }))]);

/** A service with a node and a database of its own. */
interface Scene {
  database: TestDatabase;
  node: SimulatedNode;
  service: Service;
  dataDir: string;
}

let scene: Scene;
/** In production, where an operator has said aloud that clients without a key may come in. */
let opened: Scene;

beforeAll(async () => {
  [scene, opened] = await Promise.all([
    startScene(() => ({})),
    startScene((dataDir) => ({
      AUTH: 'on',
      AUTH_ANONYMOUS: 'default:submit',
      ADMIN_KEY_FILE: join(dataDir, 'admin.key'),
    })),
  ]);
});

afterAll(async () => {
  for (const each of [scene, opened]) {
    await each?.service.stop();
    await each?.node.stop();
    await each?.database.drop();
    if (each) await rm(each.dataDir, { recursive: true, force: true });
  }
});

async function startScene(posture: (dataDir: string) => Record<string, string>): Promise<Scene> {
  const dataDir = await mkdtemp(join(tmpdir(), 'port-5014-'));
  const database = await createDatabase();
  // Slower than the one second of the recorded time-out.
  const node = await startSimulatedNode({ stepMs: 300 });
  const service = await startService({
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    NODES: node.url,
    SIMULATE: 'off',
    NATIVE_PORT: '0',
    LOG_LEVEL: 'warn',
    ...posture(dataDir),
  });
  await eventually(async () => ((await get('/health', service)) as { status: string }).status === 'healthy', {
    timeoutMs: 20_000,
  });
  await submit({ prompt: 'an upload named test.jpg' }, image, service);
  return { database, node, service, dataDir };
}

async function get(path: string, { url } = scene.service): Promise<unknown> {
  return (await fetch(url + path)).json();
}

function formOf(fields: Record<string, string | number>, file: Blob | undefined): FormData {
  const form = new FormData();
  if (file) form.append('image', file, 'test.jpg');
  for (const [name, value] of Object.entries(fields)) form.append(name, String(value));
  return form;
}

async function submit(
  fields: Record<string, string | number>,
  file = image,
  { url } = scene.service,
): Promise<string> {
  const body = formOf(fields, file);
  const response = await fetch(`${url}/api/upload_and_generate`, { method: 'POST', body });
  return ((await response.json()) as { prompt_id: string }).prompt_id;
}

function replay(
  { request: { method, path, files, data, json, headers } }: Recorded,
  service = scene.service,
): Promise<Response> {
  const url = service.url + path;
  if (json !== undefined) {
    const type = { 'content-type': 'application/json' };
    return fetch(url, { method, headers: type, body: JSON.stringify(json) });
  }
  if (typeof data === 'string') return fetch(url, { method, headers: headers ?? {}, body: data });
  if (files) return fetch(url, { method, body: formOf(data ?? {}, image) });
  const fields = Object.entries(data ?? {}).map(([name, value]): [string, string] => [name, String(value)]);
  return fetch(url, { method, headers: headers ?? {}, ...(data && { body: new URLSearchParams(fields) }) });
}

/** Ids of new jobs and the place and number of files differ from run to run; the container is documented as such. */
function comparable(text: string): unknown {
  if (!text.startsWith('{')) return text.replaceAll('"', '');
  return JSON.parse(text, (key, value: unknown) => {
    if (key === 'videos' && Array.isArray(value)) return value.map((video: Video) => Object.keys(video));
    return key === 'prompt_id' && value !== 'no-such-id' ? 'an id' : value;
  });
}

const asRecorded = recordings.filter(({ name }) => name !== outOfRange);

test.each(asRecorded)(
  'is answered as recorded, as ever and with AUTH=on where it is open: $name',
  async (recorded) => {
    const answers = await Promise.all([scene, opened].map(async ({ service }) => replay(recorded, service)));
    for (const response of answers) {
      expect(response.status).toBe(recorded.response.status);
      expect(response.headers.get('content-type')).toBe(recorded.response.content_type);
      expect(comparable(await response.text())).toEqual(comparable(JSON.stringify(recorded.response.body)));
    }
  },
);

test('a form field out of range is refused like JSON, where the original failed', async () => {
  const recorded = recordings.find(({ name }) => name === outOfRange) as Recorded;
  const response = await replay(recorded);
  expect(response.status).toBe(422);
  expect(await response.json()).toMatchObject({ detail: [{ type: 'less_than_equal', ctx: { le: 1920 } }] });
});

describe('a job', () => {
  test('goes from pending over running with its progress to a playable video', async () => {
    const id = await submit({ prompt: '一只猫', length: 17, noise_seed: 4242 });
    const seen = new Set<string>();
    const percentages: number[] = [];
    const done = await eventually(
      async () => {
        const status = (await get(`/api/status/${id}`)) as Status;
        seen.add(status.status);
        if (status.progress !== null) percentages.push(status.progress);
        return status.videos === null ? undefined : status;
      },
      { timeoutMs: 40_000, intervalMs: 50 },
    );
    expect([...seen]).toEqual(expect.arrayContaining(['running', 'completed']));
    expect(percentages.toSorted((one, other) => one - other)).toEqual(percentages);
    expect(percentages.some((percent) => percent > 0 && percent < 100)).toBe(true);
    const [video] = done.videos as [Video];
    expect(video).toMatchObject({ subfolder: 'wan2.2', type: 'output', format: 'mp4' });
    expect(video.url.startsWith(`${scene.service.url}/cfui/view?filename=`)).toBe(true);
    const head = await fetch(video.url, { headers: { range: 'bytes=4-7' } });
    expect([head.status, await head.text()]).toEqual([206, 'ftyp']);
  });

  test('runs with AUTH=on where it is open, to an address that needs no key; nothing else is open there', async () => {
    const { service } = opened;
    const id = await submit({ prompt: 'a cat', length: 17, noise_seed: 4243 }, image, service);
    const video = await eventually(
      async () => ((await get(`/api/status/${id}`, service)) as Status).videos?.[0],
      { timeoutMs: 40_000, intervalMs: 50 },
    );
    expect(video.url).not.toContain('signature');
    const head = await fetch(video.url, { headers: { range: 'bytes=4-7' } });
    expect([head.status, await head.text()]).toEqual([206, 'ftyp']);
    for (const path of ['/v1/jobs', '/v1/nodes', '/api/v2/jobs', '/openai/v1/models', '/metrics'])
      expect([path, (await fetch(service.url + path)).status]).toEqual([path, 401]);
  });

  test('that fails says so, with the text of the node', async () => {
    const fault = scene.node.inject({
      kind: 'node-error',
      nodeId: '57',
      message: 'the sampler gave up',
      times: 10,
    });
    const id = await submit({ prompt: 'x', length: 17, noise_seed: 99 });
    const failed = await eventually(
      async () => {
        const status = (await get(`/api/status/${id}`)) as Status;
        return status.status === 'failed' && status;
      },
      { timeoutMs: 60_000, intervalMs: 100 },
    );
    fault.clear();
    expect(failed.error).toContain('the sampler gave up');
  });
});

test('two clients that both send test.jpg each get their own picture', async () => {
  const other = new Blob([PNG.sync.write(new PNG({ width: 65, height: 36 }))]);
  await submit({ prompt: 'first', length: 17 });
  await submit({ prompt: 'second', length: 17 }, other);
  const { rows } = await scene.database.pool.query<{ n: string }>(
    `select count(distinct assets->0->>'sha256') n from job_input
     where params like '%"first"%' or params like '%"second"%'`,
  );
  expect(rows[0]?.n).toBe('2');
});
