/** The whole door over HTTP, with jobs, nodes and the asset table in memory: what it reads, refuses and answers. */
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CONFIG } from '../../platform/config/index.js';
import { createHttpAdapter, DoorErrorFilter, serveApiDocs } from '../../platform/http/index.js';
import { createLogger } from '../../platform/logging/index.js';
import { FileStorage, Storage } from '../../platform/storage/index.js';
import { AssetsService } from '../assets/index.js';
import { AssetsStore, type StoredAsset } from '../assets/assets.store.js';
import { JobsService, type JobOutput } from '../jobs/index.js';
import { NodesService } from '../nodes/index.js';
import { CompatController } from './compat.controller.js';
import { compatErrors } from './compat.errors.js';
import type { CompatJob } from './domain/shapes.js';
import { GenerateService } from './generate.service.js';
import { installCompat5014 } from './install.js';
import { SyncService } from './sync.service.js';
import { ViewController } from './view.controller.js';

interface Recorded {
  name: string;
  request: {
    method: string;
    path: string;
    files?: Record<string, [string, string]>;
    data?: Record<string, string | number> | string;
    json?: unknown;
    headers?: Record<string, string>;
  };
  response: { status: number; content_type: string; body: unknown };
}

const recordings = JSON.parse(
  readFileSync(new URL('../../../test/contract/recordings/port-5014.json', import.meta.url), 'utf8'),
) as Recorded[];

const png = PNG.sync.write(new PNG({ width: 8, height: 6 }));
const maxUploadBytes = 100_000;

class AssetTable {
  readonly assets = new Map<string, StoredAsset>();
  readonly uploads: { name: string; sha256: string }[] = [];

  async remember(asset: Omit<StoredAsset, 'createdAt'>): Promise<StoredAsset> {
    const stored = { ...asset, createdAt: new Date() };
    this.assets.set(asset.sha256, stored);
    return stored;
  }
  async find(sha256: string): Promise<StoredAsset | null> {
    return this.assets.get(sha256) ?? null;
  }
  async recordUpload(_tenant: string, name: string, sha256: string): Promise<void> {
    this.uploads.push({ name, sha256 });
  }
  async findUpload(_tenant: string, name: string): Promise<StoredAsset | null> {
    const newest = this.uploads.findLast((entry) => entry.name === name);
    return newest ? this.find(newest.sha256) : null;
  }
}

class JobTable {
  submitted: { inputs: Record<string, unknown> }[] = [];
  known = new Map<string, CompatJob & { outputs: JobOutput[] }>();

  async submitWorkflow(submission: { inputs: Record<string, unknown> }): Promise<{ jobId: string }> {
    this.submitted.push(submission);
    return { jobId: '01a7f0de-0000-7000-8000-000000000001' };
  }
  async get(id: string) {
    return this.known.get(id) ?? null;
  }
  async findOutput({ filename, jobId }: { filename: string; jobId?: string }): Promise<JobOutput | null> {
    const outputs = [...this.known.values()].flatMap((job) => job.outputs);
    return (
      outputs.find(
        (output) => output.filename === filename && (jobId === undefined || output.jobId === jobId),
      ) ?? null
    );
  }
}

const table = new AssetTable();
const jobs = new JobTable();
const nodes = {
  connected: true,
  anyAnswering: () => ({ connected: nodes.connected, reason: 'gpu-1: refused' }),
  clients: () => [],
};
let app: NestFastifyApplication;
let base: string;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'compat-door-'));
  @Module({
    controllers: [CompatController, ViewController],
    providers: [
      { provide: CONFIG, useValue: { MAX_UPLOAD_BYTES: maxUploadBytes } },
      { provide: AssetsStore, useValue: table },
      { provide: Storage, useValue: new FileStorage(folder) },
      { provide: JobsService, useValue: jobs },
      { provide: NodesService, useValue: nodes },
      AssetsService,
      GenerateService,
      SyncService,
    ],
  })
  class DoorModule {}
  app = await NestFactory.create<NestFastifyApplication>(
    DoorModule,
    createHttpAdapter({ bodyLimitBytes: 1_000_000 }),
    {
      logger: false,
    },
  );
  app.useGlobalFilters(new DoorErrorFilter([compatErrors], createLogger({ level: 'silent' })));
  installCompat5014(app, { otherDoors: ['/v1'] });
  serveApiDocs(app, { title: 'Door', description: '', version: '1' });
  await app.listen(0, '127.0.0.1');
  base = await app.getUrl();
});

afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

beforeEach(() => {
  jobs.submitted = [];
});

function form(fields: Record<string, string | Blob>, imageName = 'test.jpg'): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, value, imageName);
  }
  return data;
}

function upload(fields: Record<string, string | Blob>): Promise<Response> {
  return fetch(`${base}/api/upload_and_generate`, { method: 'POST', body: form(fields) });
}

function generate(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${base}/api/generate`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

const image = new Blob([png]);

function replay({ request: { method, path, files, data, json, headers = {} } }: Recorded): Promise<Response> {
  const url = base + path;
  if (json !== undefined) return generate(JSON.stringify(json));
  if (typeof data === 'string') return fetch(url, { method, headers, body: data });
  const fields = Object.entries(data ?? {}).map(([name, value]) => [name, String(value)] as [string, string]);
  if (files) return fetch(url, { method, body: form({ ...Object.fromEntries(fields), image }) });
  return fetch(url, { method, headers, ...(data && { body: new URLSearchParams(fields) }) });
}

/** Ids of new jobs differ from run to run; everything else is compared. */
function withoutId(text: string): unknown {
  const body: unknown = /^[{[]/.test(text) ? JSON.parse(text) : text.replaceAll('"', '');
  const isNewJob = typeof body === 'object' && body !== null && 'message' in body;
  return isNewJob ? { ...body, prompt_id: 'new' } : body;
}

describe('the recorded requests', () => {
  const own = new Set([
    'sync ok',
    'sync timeout',
    'upload width too large (500 in the original; 422 is wanted)',
  ]);
  test.each(recordings.filter(({ name }) => !own.has(name)))(
    'are answered as recorded: $name',
    async (recorded) => {
      await upload({ prompt: 'earlier', image });
      const response = await replay(recorded);
      expect(response.status).toBe(recorded.response.status);
      expect(response.headers.get('content-type')).toBe(recorded.response.content_type);
      expect(withoutId(await response.text())).toEqual(withoutId(JSON.stringify(recorded.response.body)));
    },
  );

  test('a form field out of range is refused like JSON', async () => {
    const response = await upload({ prompt: 'hi', width: '4000', image });
    expect(response.status).toBe(422);
    const msg = 'Input should be less than or equal to 1920';
    expect(await response.json()).toEqual({
      detail: [{ type: 'less_than_equal', loc: ['body', 'width'], msg, input: '4000', ctx: { le: 1920 } }],
    });
  });
});

test('parameters reach the job with every digit, whichever door they came by', async () => {
  await upload({ image, prompt: 'früh 早', width: ' 640 ', cfg: '1.5', noise_seed: '18446744073709551615' });
  const digest = [...table.assets.keys()][0];
  const image0 = { asset: digest };
  expect(jobs.submitted[0]?.inputs).toEqual({
    image: image0,
    prompt: 'früh 早',
    width: 640,
    height: 720,
    length: 81,
    steps: 4,
    cfg: 1.5,
    fps: 16,
    noise_seed: 18446744073709551615n,
  });
  await generate(
    '{"image_filename":"test.jpg","prompt":"x","noise_seed":18446744073709551615,"width":640.0}',
  );
  expect(jobs.submitted[1]?.inputs).toMatchObject({
    image: image0,
    width: 640,
    noise_seed: 18446744073709551615n,
  });
});

test('without a seed none is sent, so that the workflow draws one', async () => {
  await upload({ image, prompt: 'x', noise_seed: '' });
  expect(jobs.submitted[0]?.inputs).not.toHaveProperty('noise_seed');
});

test('two uploads of one name are two pictures, and the newer one goes by that name', async () => {
  const other = new Blob([PNG.sync.write(new PNG({ width: 9, height: 9 }))]);
  await upload({ image, prompt: 'x' });
  await upload({ image: other, prompt: 'x' });
  await generate('{"image_filename":"test.jpg","prompt":"x"}');
  const [first, second, named] = jobs.submitted.map(({ inputs }) => inputs['image']);
  expect(first).not.toEqual(second);
  expect(named).toEqual(second);
});

test.each([
  ['a text named .jpg', { image: new Blob(['just words']), prompt: 'x' }, 400],
  ['an empty image', { image: new Blob([]), prompt: 'x' }, 400],
  ['an image over the limit', { image: new Blob([png, new Uint8Array(maxUploadBytes)]), prompt: 'x' }, 413],
  ['too long a field', { image, prompt: 'x'.repeat(1_100_000) }, 400],
  ['too many fields', Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`f${index}`, 'x'])), 400],
])('%s is refused with words, and nothing stays half written', async (_what, fields, status) => {
  const response = await upload(fields);
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({ detail: expect.stringMatching(/\w/) as string });
  expect(jobs.submitted).toEqual([]);
  expect(await readdir(join(folder, 'unfinished'))).toEqual([]);
});

test('a broken form is refused with words', async () => {
  for (const [type, body] of [
    ['multipart/form-data', 'x'],
    ['multipart/form-data; boundary=b', 'nonsense'],
    ['multipart/form-data; boundary=b', '--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\ncut'],
  ] as const) {
    const response = await fetch(`${base}/api/upload_and_generate`, {
      method: 'POST',
      body,
      headers: { 'content-type': type },
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ detail: expect.any(String) as string });
  }
});

test('an image nobody has is refused in words; so is a name that leaves the folder', async () => {
  for (const name of ['never.png', '../../etc/passwd', '/etc/passwd', '', 'a\\u0000b']) {
    const response = await generate(`{"image_filename":"${name}","prompt":"x"}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ detail: expect.any(String) as string });
  }
});

test('a body that no reader can parse is told so', async () => {
  const response = await generate(new Uint8Array([0x7b, 0xff]));
  expect([response.status, await response.json()]).toEqual([
    400,
    { detail: 'There was an error parsing the body' },
  ]);
  const deep = await generate('['.repeat(100_000));
  expect(deep.status).toBe(400);
});

test('a result is served with ranges under its own prompt_id, and only files that jobs wrote are', async () => {
  const { sha256 } = await new FileStorage(folder).put(chunks('0123456789'), { maxBytes: 100 });
  const output = {
    jobId: 'j1',
    filename: 'a b.mp4',
    subfolder: 'wan2.2',
    type: 'output',
    mime: 'video/mp4',
    sha256,
    sizeBytes: 10,
  };
  const file = { ...output, isVideo: true, format: 'mp4', createdAt: new Date(0) } as unknown as JobOutput;
  jobs.known.set('j1', {
    id: 'j1',
    state: 'succeeded',
    started: false,
    progress: 100,
    error: null,
    outputs: [file],
  });
  const status = (await (await fetch(`${base}/api/status/j1`)).json()) as {
    videos: { url: string; format: string }[];
  };
  const url = status.videos[0]?.url ?? '';
  expect(url).toBe(`${base}/cfui/view?filename=a+b.mp4&subfolder=wan2.2&type=output&prompt_id=j1`);
  const part = await fetch(url, { headers: { range: 'bytes=-3' } });
  expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([
    206,
    '789',
    'bytes 7-9/10',
  ]);
  expect(part.headers.get('content-type')).toBe('video/mp4');
  expect(part.headers.get('content-disposition')).toBe('inline; filename="a b.mp4"');
  const head = await fetch(url, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length'), head.headers.get('etag')]).toEqual([
    200,
    '10',
    `"${sha256}"`,
  ]);
  for (const [query, expected] of [
    ['', 404],
    ['?filename=', 400],
    ['?filename=/etc/passwd', 400],
    ['?filename=..%2Fa', 400],
    ['?filename=a.mp4&type=secret', 400],
    ['?filename=a.mp4&subfolder=../..', 403],
    ['?filename=none.mp4', 404],
    ['?filename=a%20b.mp4&prompt_id=j2', 404],
  ] as const) {
    expect([query, (await fetch(`${base}/cfui/view${query}`)).status]).toEqual([query, expected]);
  }
});

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

test('absolute URLs follow the proxy in front', async () => {
  const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'videos.example' };
  const status = (await (await fetch(`${base}/api/status/j1`, { headers })).json()) as {
    videos: { url: string }[];
  };
  expect(status.videos[0]?.url).toMatch(/^https:\/\/videos\.example\/cfui\/view\?/);
});

test('health is always 200', async () => {
  nodes.connected = false;
  const response = await fetch(`${base}/health`);
  nodes.connected = true;
  const body = { status: 'unhealthy', comfyui_status: 'disconnected', error: 'gpu-1: refused' };
  expect([response.status, await response.json()]).toEqual([200, body]);
});

test('other methods, paths and slashes are answered as the original did', async () => {
  const wrong = await fetch(`${base}/health`, { method: 'POST' });
  expect([wrong.status, wrong.headers.get('allow'), await wrong.json()]).toEqual([
    405,
    'GET',
    { detail: 'Method Not Allowed' },
  ]);
  const slash = await fetch(`${base}/health/?a=1`, { redirect: 'manual' });
  expect([slash.status, slash.headers.get('location')]).toEqual([307, '/health?a=1']);
  expect((await fetch(`${base}/api/status/`)).status).toBe(404);
});

test('any origin may call, with credentials; other doors do not inherit that', async () => {
  const headers = { origin: 'http://app.example' };
  const answer = await fetch(base, { headers });
  expect(answer.headers.get('access-control-allow-origin')).toBe('http://app.example');
  expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
  expect((await fetch(`${base}/nope`, { headers })).headers.get('access-control-allow-origin')).toBe(
    'http://app.example',
  );
  expect((await fetch(`${base}/v1/jobs`, { headers })).headers.get('access-control-allow-origin')).toBeNull();
});

test('documentation needs no other server', async () => {
  const page = await (await fetch(`${base}/docs`)).text();
  expect(page).toContain('swagger-ui');
  expect(page).not.toMatch(/(src|href)="https?:/);
  const script = /src="([^"]*bundle[^"]*)"/.exec(page)?.[1] ?? '';
  expect(await (await fetch(new URL(script, `${base}/docs`))).text()).toContain('SwaggerUIBundle');
  const document = (await (await fetch(`${base}/openapi.json`)).json()) as { paths: Record<string, unknown> };
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      '/api/generate',
      '/api/upload_and_generate',
      '/api/status/{prompt_id}',
      '/cfui/view',
      '/health',
    ]),
  );
});

test('while the database is away nothing is accepted and the caller is told to come back', async () => {
  jobs.submitWorkflow = () =>
    Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
  const response = await upload({ image, prompt: 'x' });
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await response.json()).toEqual({ detail: expect.any(String) as string });
});
