/** Who asks for too much is told so in the words of each door, and when to come back: rates, quotas of the day, bytes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deployment, type Replica } from '../support/deployment.js';
import { formOf } from '../support/door-5014.js';
import { makeKey } from '../support/keys.js';
import { solidPng } from '../support/pictures.js';
import { eventually } from '../support/poll.js';
import { samplingGraph } from '../support/sampling-graph.js';
import { call } from '../support/v1.js';
import { workflows } from '../contract/openai/workflows.js';

interface Told {
  status: number;
  retryAfterS: number | null;
  body: unknown;
}

/** Every door, as its own clients speak to it. */
class Doors {
  constructor(
    private readonly replica: Replica,
    private readonly headers: Record<string, string> = {},
  ) {}

  async json(url: string, body: unknown, more: Record<string, string> = {}): Promise<Told> {
    return this.ask(url, JSON.stringify(body), { 'content-type': 'application/json', ...more });
  }

  async ask(url: string, body: string | FormData, more: Record<string, string> = {}): Promise<Told> {
    const answer = await fetch(url, { method: 'POST', body, headers: { ...this.headers, ...more } });
    const retryAfter = answer.headers.get('retry-after');
    return {
      status: answer.status,
      retryAfterS: retryAfter === null ? null : Number(retryAfter),
      body: await answer.json().catch(() => null),
    };
  }

  v1 = async (): Promise<Told> => this.json(`${this.replica.url}/v1/jobs`, { graph: samplingGraph() });
  original = async (): Promise<Told> =>
    this.ask(`${this.replica.url}/api/upload_and_generate`, formOf({ picture: picture() }));
  apiV2 = async (): Promise<Told> =>
    this.json(`${this.replica.url}/api/v2/jobs`, { workflow: samplingGraph() });
  native = async (): Promise<Told> =>
    this.json(`${this.replica.nativeUrl}/prompt`, { prompt: samplingGraph() });
  openai = async (): Promise<Told> =>
    this.json(`${this.replica.url}/openai/v1/images/generations`, { model: 'painter', prompt: 'a lake' });
  mcp = async (): Promise<Told> => this.tool('painter', { prompt: 'a lake' });

  /** What the tool says in the place of a body; a refusal of the request itself as it is. */
  async tool(name: string, args: object): Promise<Told> {
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } };
    const answer = await fetch(`${this.replica.url}/mcp`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: {
        ...this.headers,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
    });
    const text = await answer.text();
    const data = /^data: (.*)$/m.exec(text)?.[1] ?? text;
    const { result } = JSON.parse(data) as { result?: { isError?: boolean; content: { text: string }[] } };
    const told = JSON.parse(result?.content[0]?.text ?? '{}') as { retry_after_s?: number };
    return {
      status: answer.status,
      retryAfterS: told.retry_after_s ?? null,
      body: { ...told, isError: result?.isError },
    };
  }

  uploadV1 = async (): Promise<Told> => this.ask(`${this.replica.url}/v1/assets`, fileForm('file'));
  uploadV2 = async (): Promise<Told> => {
    const form = fileForm('file');
    form.set('content_type', 'image/png');
    form.set('file_path', 'a/picture.png');
    return this.ask(`${this.replica.url}/api/v2/assets`, form);
  };
  uploadNative = async (): Promise<Told> =>
    this.ask(`${this.replica.nativeUrl}/upload/image`, fileForm('image'));
  uploadOpenai = async (): Promise<Told> => {
    const form = fileForm('image');
    form.set('model', 'retoucher');
    form.set('prompt', 'a lake');
    return this.ask(`${this.replica.url}/openai/v1/images/edits`, form);
  };
  inMcp = async (): Promise<Told> =>
    this.tool('retoucher', {
      prompt: 'a lake',
      picture: `data:image/png;base64,${picture().toString('base64')}`,
    });
  /** By every door that takes files. */
  files = async () => ({
    v1: await this.uploadV1(),
    inV1: await this.inV1(),
    original: await this.original(),
    apiV2: await this.uploadV2(),
    native: await this.uploadNative(),
    openai: await this.uploadOpenai(),
    mcp: await this.inMcp(),
  });

  inV1 = async (): Promise<Told> =>
    this.json(`${this.replica.url}/v1/jobs`, {
      workflow: 'retoucher',
      inputs: { prompt: 'a lake', picture: { base64: picture().toString('base64') } },
    });
}

let shade = 0;
/** Unlike any before. */
function picture(): Buffer {
  shade += 1;
  return solidPng([shade % 256, shade >> 8, 90]);
}

function fileForm(field: string): FormData {
  const form = new FormData();
  form.set(field, new Blob([new Uint8Array(picture())], { type: 'image/png' }), `picture-${shade}.png`);
  return form;
}

const problem = (code: string, status = 429) => ({ status, code });
const nativeShape = (type: string) => ({ error: { type, details: '', extra_info: {} }, node_errors: {} });
const v2Shape = (code: string) => ({ error: { code } });
const openaiShape = (code: string, type: string) => ({ error: { code, type, param: null } });

describe('who asks for too much is told so', () => {
  let deployment: Deployment;
  let replica: Replica;
  let doors: Doors;

  beforeAll(async () => {
    deployment = await Deployment.create([{ name: 'one', stepMs: 1, loadMs: 1 }]);
    replica = await deployment.start();
    for (const [name, body] of Object.entries(workflows))
      await call(`${replica.url}/v1/workflows/${name}`, 'PUT', body);
    doors = new Doors(replica);
    const knows = async (): Promise<boolean> =>
      'SaveImage' in ((await (await fetch(`${replica.nativeUrl}/object_info/SaveImage`)).json()) as object);
    await eventually(knows, { what: 'the classes of the cluster' });
  });
  afterAll(async () => deployment.destroy());

  const limit = async (settings: object): Promise<void> => {
    expect((await call(`${replica.url}/v1/tenants/default`, 'PUT', settings)).status).toBe(200);
  };
  const useOf = async (): Promise<{ stored_bytes: number; uploaded_bytes_today: number }> =>
    (await call<{ stored_bytes: number; uploaded_bytes_today: number }>(`${replica.url}/v1/tenants/default`))
      .body;

  it('by every door, of the jobs of the day', async () => {
    await limit({ max_jobs_per_day: 0 });
    const told = {
      v1: await doors.v1(),
      original: await doors.original(),
      apiV2: await doors.apiV2(),
      native: await doors.native(),
      openai: await doors.openai(),
      mcp: await doors.mcp(),
    };
    await limit({});
    for (const { retryAfterS } of Object.values(told)) {
      expect(retryAfterS).toBeGreaterThan(0);
      expect(retryAfterS).toBeLessThanOrEqual(86_400);
    }
    expect(told.v1).toMatchObject({ status: 429, body: problem('quota_exceeded') });
    expect(told.original).toMatchObject({
      status: 429,
      body: { detail: expect.stringContaining('the 0 jobs') as string },
    });
    expect(told.apiV2).toMatchObject({ status: 429, body: v2Shape('queue_full') });
    expect(told.native).toMatchObject({ status: 429, body: nativeShape('quota_exceeded') });
    expect(told.openai).toMatchObject({
      status: 429,
      body: openaiShape('insufficient_quota', 'insufficient_quota'),
    });
    expect(told.mcp).toMatchObject({ status: 200, body: { isError: true, code: 'quota_exceeded' } });
  });

  it('by every door that takes files, of what it sent in a day', async () => {
    await limit({ max_uploaded_bytes_per_day: (await useOf()).uploaded_bytes_today + 10 });
    const before = await useOf();
    const told = await doors.files();
    expect(await useOf()).toEqual(before);
    await limit({});
    for (const { retryAfterS } of Object.values(told)) expect(retryAfterS).toBeGreaterThan(0);
    for (const at of ['v1', 'inV1'] as const)
      expect(told[at]).toMatchObject({ status: 429, body: problem('quota_exceeded') });
    expect(told.original).toMatchObject({
      status: 429,
      body: { detail: expect.stringContaining('may upload') as string },
    });
    expect(told.apiV2).toMatchObject({ status: 429, body: v2Shape('queue_full') });
    expect(told.native).toMatchObject({ status: 429, body: nativeShape('quota_exceeded') });
    expect(told.openai).toMatchObject({
      status: 429,
      body: openaiShape('insufficient_quota', 'insufficient_quota'),
    });
    expect(told.mcp).toMatchObject({ status: 200, body: { isError: true, code: 'quota_exceeded' } });
  });

  it('by every door that takes files, of what it keeps, which no waiting mends', async () => {
    await limit({ max_stored_bytes: (await useOf()).stored_bytes + 10 });
    const before = (await useOf()).stored_bytes;
    const told = await doors.files();
    expect((await useOf()).stored_bytes).toBe(before);
    for (const { retryAfterS } of Object.values(told)) expect(retryAfterS).toBeNull();
    for (const at of ['v1', 'inV1'] as const)
      expect(told[at]).toMatchObject({ status: 413, body: problem('storage_full', 413) });
    expect(told.original).toMatchObject({
      status: 413,
      body: { detail: expect.stringContaining('has no room') as string },
    });
    expect(told.apiV2).toMatchObject({ status: 413, body: v2Shape('payload_too_large') });
    expect(told.native).toMatchObject({ status: 413, body: nativeShape('storage_full') });
    expect(told.openai).toMatchObject({
      status: 429,
      body: openaiShape('insufficient_quota', 'insufficient_quota'),
    });
    expect(told.mcp).toMatchObject({ status: 200, body: { isError: true, code: 'storage_full' } });
    await limit({});
  });

  it('of a job whose results do not fit, and of submits without room', async () => {
    const before = (await useOf()).stored_bytes;
    await limit({ max_stored_bytes: before + 10 });
    const id = await replica.jobs.submit(samplingGraph());
    const job = await replica.jobs.ended(id);
    expect(job).toMatchObject({
      state: 'failed',
      attempts: 1,
      outputs: [],
      error: { code: 'bad_output', message: expect.stringContaining('has no room') as string },
    });
    expect((await useOf()).stored_bytes).toBe(before);
    await limit({ max_stored_bytes: before });
    const refused = await doors.v1();
    expect(refused).toMatchObject({
      status: 429,
      retryAfterS: 3600,
      body: { code: 'quota_exceeded', details: { quota: 'stored_bytes', limit: before } },
    });
    await limit({});
    const next = await replica.jobs.ended(await replica.jobs.submit(samplingGraph()));
    expect(next.state).toBe('succeeded');
    expect((await useOf()).stored_bytes).toBe(before + next.outputs[0]!.size_bytes);
  });

  it('of a rate, by every door', async () => {
    const slow = await deployment.start({ RATE_SUBMITS_PER_MINUTE: '2' });
    const shown = async (principal: string): Promise<Doors> => {
      const { key } = await makeKey(replica.url, { principal, role: 'submit' });
      await eventually(
        async () => (await fetch(`${slow.url}/v1/me`, { headers: { authorization: `Bearer ${key}` } })).ok,
      );
      return new Doors(slow, { authorization: `Bearer ${key}` });
    };
    const told: Record<string, Told> = {};
    for (const door of ['v1', 'original', 'apiV2', 'native', 'openai', 'mcp'] as const) {
      const caller = await shown(door);
      for (let no = 0; no < 4; no += 1) told[door] = await caller[door]();
    }
    for (const { retryAfterS } of Object.values(told)) {
      expect(retryAfterS).toBeGreaterThan(0);
      expect(retryAfterS).toBeLessThanOrEqual(60);
    }
    const words = 'more submits than 2 a minute';
    expect(told['v1']).toMatchObject({ status: 429, body: { ...problem('rate_limited'), detail: words } });
    expect(told['original']).toMatchObject({ status: 429, body: { detail: words } });
    expect(told['apiV2']).toMatchObject({ status: 429, body: v2Shape('queue_full') });
    expect(told['native']).toMatchObject({ status: 429, body: nativeShape('rate_limited') });
    expect(told['openai']).toMatchObject({
      status: 429,
      body: openaiShape('rate_limit_exceeded', 'rate_limit_error'),
    });
    expect(told['mcp']).toMatchObject({ status: 200, body: { isError: true, code: 'rate_limited' } });
  });
});
