/** What the door answers besides taking jobs, over HTTP. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FileStorage } from '../../platform/storage/index.js';
import type { JobOutput } from '../../modules/jobs/index.js';
import { Door, image } from './compat.door.fixture.js';

let door: Door;

beforeAll(async () => {
  door = await Door.open();
});
afterAll(() => door.close());

test('a result is served with ranges under its own prompt_id, and only files that jobs wrote are', async () => {
  const { sha256 } = await new FileStorage(door.folder).put(chunks('0123456789'), { maxBytes: 100 });
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
  door.jobs.known.set('j1', {
    id: 'j1',
    state: 'succeeded',
    started: false,
    progress: 100,
    error: null,
    outputs: [file],
  });
  const status = (await (await fetch(`${door.base}/api/status/j1`)).json()) as {
    videos: { url: string; format: string }[];
  };
  const url = status.videos[0]?.url ?? '';
  expect(url).toBe(`${door.base}/cfui/view?filename=a+b.mp4&subfolder=wan2.2&type=output&prompt_id=j1`);
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
    expect([query, (await fetch(`${door.base}/cfui/view${query}`)).status]).toEqual([query, expected]);
  }
});

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

test('absolute URLs follow the proxy in front', async () => {
  const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'videos.example' };
  const status = (await (await fetch(`${door.base}/api/status/j1`, { headers })).json()) as {
    videos: { url: string }[];
  };
  expect(status.videos[0]?.url).toMatch(/^https:\/\/videos\.example\/cfui\/view\?/);
});

test('health is always 200', async () => {
  door.nodes.connected = false;
  const response = await fetch(`${door.base}/health`);
  door.nodes.connected = true;
  const body = { status: 'unhealthy', comfyui_status: 'disconnected', error: 'gpu-1: refused' };
  expect([response.status, await response.json()]).toEqual([200, body]);
});

test('other methods, paths and slashes are answered as the original did', async () => {
  const wrong = await fetch(`${door.base}/health`, { method: 'POST' });
  expect([wrong.status, wrong.headers.get('allow'), await wrong.json()]).toEqual([
    405,
    'GET',
    { detail: 'Method Not Allowed' },
  ]);
  const slash = await fetch(`${door.base}/health/?a=1`, { redirect: 'manual' });
  expect([slash.status, slash.headers.get('location')]).toEqual([307, '/health?a=1']);
  expect((await fetch(`${door.base}/api/status/`)).status).toBe(404);
});

test('any origin may call, with credentials; other doors do not inherit that', async () => {
  const headers = { origin: 'http://app.example' };
  const answer = await fetch(door.base, { headers });
  expect(answer.headers.get('access-control-allow-origin')).toBe('http://app.example');
  expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
  expect((await fetch(`${door.base}/nope`, { headers })).headers.get('access-control-allow-origin')).toBe(
    'http://app.example',
  );
  expect(
    (await fetch(`${door.base}/v1/jobs`, { headers })).headers.get('access-control-allow-origin'),
  ).toBeNull();
});

test('documentation needs no other server', async () => {
  const page = await (await fetch(`${door.base}/docs`)).text();
  expect(page).toContain('swagger-ui');
  expect(page).not.toMatch(/(src|href)="https?:/);
  const script = /src="([^"]*bundle[^"]*)"/.exec(page)?.[1] ?? '';
  expect(await (await fetch(new URL(script, `${door.base}/docs`))).text()).toContain('SwaggerUIBundle');
  const document = (await (await fetch(`${door.base}/openapi.json`)).json()) as {
    paths: Record<string, unknown>;
  };
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
  door.jobs.submitWorkflow = () =>
    Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
  const response = await door.upload({ image, prompt: 'x' });
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await response.json()).toEqual({ detail: expect.any(String) as string });
});
