/**
 * A tenant finds nothing of another, whichever route it reads: each that the table of routes names is asked with everything of the other's in
 * hand, at both replicas. What it is told holds nothing of theirs, and about theirs it is told what it is told about what never was.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Deployment, type Replica } from '../../support/deployment.js';
import { makeKey, makeTenant } from '../../support/keys.js';
import { solidPng } from '../../support/pictures.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { table } from './table.js';

type Who = 'a' | 'b';
const canary = 'canary-of-a';
const none = '01a7f0de-0000-7000-8000-00000000ffff';
const keys: Record<Who, string> = { a: '', b: '' };
/** Of team A, by what they are called in paths. */
const ids: string[] = [];
let deployment: Deployment;
let replicas: Replica[];

interface Sent {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
  at?: number;
  native?: boolean;
}

async function ask(
  who: Who,
  path: string,
  { method = 'GET', body, headers = {}, at = 0, native = false }: Sent = {},
) {
  const { url, nativeUrl } = replicas[at]!;
  const isForm = body instanceof FormData;
  const answer = await fetch((native ? nativeUrl : url) + path, {
    method,
    redirect: 'manual',
    headers: {
      authorization: `Bearer ${keys[who]}`,
      ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, text: bytes.toString('latin1') };
}
async function told<T>(who: Who, path: string, sent: Sent = {}): Promise<T> {
  const { status, text } = await ask(who, path, sent);
  expect(status, text).toBeLessThan(300);
  return JSON.parse(text) as T;
}

function graphOfA(steps = 2): object {
  const graph = samplingGraph({ steps }) as Record<string, { inputs: Record<string, unknown> }>;
  graph['3']!.inputs['text'] = `${canary} by a lake`;
  graph['8']!.inputs['filename_prefix'] = canary;
  return graph;
}
const picture = (red: number): Blob =>
  new Blob([new Uint8Array(solidPng([red, 0, 0], { width: 8, height: 8 }))], { type: 'image/png' });
function formOf(field: string, red: number, more: Record<string, string> = {}): FormData {
  const form = new FormData();
  form.set(field, picture(red), `${canary}.png`);
  for (const [name, value] of Object.entries(more)) form.set(name, value);
  return form;
}

beforeAll(async () => {
  deployment = await Deployment.create([{ name: 'one', speed: 200 }]);
  replicas = [await deployment.start(), await deployment.start()];
  for (const who of ['a', 'b'] as const) {
    await makeTenant(replicas[0]!.url, `team-${who}`);
    ({ key: keys[who] } = await makeKey(replicas[0]!.url, {
      principal: who,
      tenant: `team-${who}`,
      role: 'submit',
    }));
  }
  await eventually(async () => (await ask('a', '/v1/me', { at: 1 })).status === 200);
  const post = { method: 'POST' } as const;
  const labels = { what: canary };
  const job = await told<{ id: string }>('a', '/v1/jobs', { ...post, body: { graph: graphOfA(), labels } });
  const prompted = await told<{ prompt_id: string }>('a', '/prompt', {
    ...post,
    native: true,
    body: { prompt: graphOfA(), client_id: canary },
  });
  const batch = await told<{ id: string }>('a', '/v1/jobs/batch', {
    ...post,
    body: { jobs: [{ graph: graphOfA(), labels }] },
  });
  const asset = await told<{ id: string; hash: string }>('a', '/api/v2/assets', {
    ...post,
    body: formOf('file', 1, { content_type: 'image/png', file_path: `a/${canary}.png` }),
  });
  await told('a', '/upload/image', { ...post, native: true, body: formOf('image', 2) });
  await ask('a', `/userdata/workflows%2F${canary}.json`, { ...post, native: true, body: { canary } });
  await ask('a', `/settings/${canary}`, { ...post, native: true, body: canary });
  for (const id of [job.id, prompted.prompt_id])
    await eventually(
      async () => (await told<{ state: string }>('a', `/v1/jobs/${id}`)).state === 'succeeded',
      { timeoutMs: 60_000 },
    );
  ids.push(job.id, prompted.prompt_id, batch.id, asset.id);
});
afterAll(async () => deployment.destroy());

interface Read {
  line: string;
  path: string;
  /** The same about what never was. */
  absent: string;
  native: boolean;
  method: string;
}

/** Streams are read apart. What is named by nothing of a tenant's is asked as it stands, and for theirs by query. */
function readsOf(line: string): Read[] {
  const [port = '', method = '', route = ''] = line.split(' ');
  if (route === '/v1/events') return [];
  const parameter = /:(?:id|prompt_id|file|type|name|folder|version)\b/g;
  const read = (path: string, absent: string): Read => ({
    line,
    method,
    native: port === 'native',
    path,
    absent,
  });
  if (!parameter.test(route))
    return [
      '',
      `?filename=${canary}_00001_.png&type=output`,
      `?filename=${canary}_00001_.png&type=output&prompt_id=${ids[0]}`,
      `?filename=${canary}.png&type=input`,
      '?dir=workflows',
      '?tenant=team-a',
    ].map((query) => read(route + query, route + query.replaceAll(canary, none).replaceAll(ids[0]!, none)));
  const values = route.startsWith('/v1/tenants')
    ? ['team-a']
    : [...ids, `workflows%2F${canary}.json`, `${canary}.png`, canary];
  return values.map((value) => read(route.replaceAll(parameter, value), route.replaceAll(parameter, none)));
}
const reads = (): Read[] =>
  [...table]
    .filter(([line, least]) => /^\w+ (GET|HEAD) /.test(line) && ['known', 'read', 'submit'].includes(least))
    .flatMap(([line]) => readsOf(line));

/** What of theirs stands in it, but for what was asked: that may be said again. */
function found(text: string, path: string): string[] {
  const asked = decodeURIComponent(path);
  const rest = text.replaceAll(asked, '');
  return [...ids, canary, 'team-a'].filter((each) => !asked.includes(each) && rest.includes(each));
}

it('by any route that reads', async () => {
  const mine = new Set<string>();
  const wrong: string[] = [];
  const look = async (read: Read, no: number): Promise<void> => {
    const sent = { method: read.method, native: read.native, at: no % 2 };
    const [answer, absent] = [await ask('b', read.path, sent), await ask('b', read.absent, sent)];
    const leaks = found(answer.text, read.path);
    if (leaks.length > 0) wrong.push(`${read.line} ${read.path} tells ${leaks.join()}`);
    if (read.path !== read.absent && answer.status !== absent.status)
      wrong.push(`${read.line} ${read.path}: ${answer.status}, and ${absent.status} for what never was`);
    if (mine.has(read.line)) return;
    const own = await ask('a', read.path, sent);
    const isTheirs = [...ids, canary].some((each) => own.text.includes(each) || read.path.includes(each));
    if (own.status === 200 && isTheirs) mine.add(read.line);
  };
  const rest = [...reads().entries()];
  const reader = async (): Promise<void> => {
    for (let next = rest.pop(); next; next = rest.pop()) await look(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: 12 }, reader));
  expect(wrong).toEqual([]);
  // What it is about is there to be found.
  for (const line of [
    'main GET /v1/jobs',
    'main GET /v1/jobs/:id',
    'main GET /v1/jobs/:id/graph',
    'main GET /v1/jobs/:id/decision',
    'main GET /v1/batches',
    'main GET /v1/batches/:id',
    'main GET /api/v2/jobs',
    'main GET /api/v2/jobs/:id/workflow',
    'main GET /api/v2/assets/:id',
    'main GET /api/v2/assets/:id/content',
    'main GET /cfui/view',
    'native GET /view',
    'native GET /history',
    'native GET /history/:id',
    'native GET /api/jobs/:id',
    'native GET /userdata',
    'native GET /userdata/:file',
    'native GET /settings',
  ])
    expect([...mine]).toContain(line);
});

it('by names, keys and cursors that are the same', async () => {
  const view = `/view?filename=${canary}.png&type=input`;
  const theirs = await ask('a', view, { native: true, at: 1 });
  expect([theirs.status, (await ask('b', view, { native: true })).status]).toEqual([200, 404]);
  await told('b', '/upload/image', {
    method: 'POST',
    native: true,
    body: formOf('image', 3, { overwrite: 'true' }),
  });
  const own = await ask('b', view, { native: true, at: 1 });
  expect(own.text).not.toBe(theirs.text);
  expect((await ask('a', view, { native: true })).text).toBe(theirs.text);
  const order = { method: 'POST', headers: { 'idempotency-key': canary }, body: { graph: graphOfA() } };
  const [first, again] = [
    await told<{ id: string }>('a', '/v1/jobs', order),
    await told<{ id: string }>('a', '/v1/jobs', { ...order, at: 1 }),
  ];
  expect(again.id).toBe(first.id);
  ids.push(first.id);
  // Another body would be a conflict, if the key were known.
  const body = { graph: samplingGraph() };
  for (const at of [0, 1]) {
    const made = await told<{ id: string }>('b', '/v1/jobs', { ...order, body, at });
    expect(ids).not.toContain(made.id);
  }
  for (const list of ['/v1/jobs?limit=1', '/api/v2/jobs?limit=1', '/v1/batches?limit=1']) {
    const { next_cursor: cursor } = await told<{ next_cursor?: string | null }>('a', list);
    if (!cursor) continue;
    const { text } = await ask('b', `${list}0&cursor=${encodeURIComponent(cursor)}`, { at: 1 });
    expect(found(text, list)).toEqual([]);
  }
  // By its hash, which is that of the other's bytes.
  const asset = await told<{ hash: string }>('a', `/api/v2/assets/${ids[3]}`);
  const byHash = { method: 'HEAD' };
  const path = `/api/v2/assets/by-hash/${encodeURIComponent(asset.hash)}`;
  expect([(await ask('a', path, byHash)).status, (await ask('b', path, byHash)).status]).toEqual([200, 404]);
});

it('by any stream, while the other runs jobs', async () => {
  const heard = { a: '', b: '' };
  const over = new AbortController();
  const listening = (['a', 'b'] as const).flatMap((who) =>
    replicas.map(async ({ url }) => {
      const answer = await fetch(`${url}/v1/events?types=job,progress,queue,preview`, {
        headers: { authorization: `Bearer ${keys[who]}` },
        signal: over.signal,
      });
      expect(answer.status).toBe(200);
      const end = (async () => {
        for await (const chunk of answer.body ?? []) heard[who] += Buffer.from(chunk).toString('latin1');
      })().catch(() => undefined);
      return { end };
    }),
  );
  const streams = await Promise.all(listening);
  // Under the very client id that the other goes by.
  const shared = 'one-of-both';
  const sockets = (['a', 'b'] as const).map((who) => {
    const socket = new WebSocket(`${replicas[1]!.nativeUrl.replace('http', 'ws')}/ws?clientId=${shared}`, {
      headers: { authorization: `Bearer ${keys[who]}` },
    });
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => (heard[who] += data.toString('latin1')));
    return socket;
  });
  await Promise.all(sockets.map(async (socket) => new Promise((resolve) => socket.once('open', resolve))));
  const body = { prompt: graphOfA(6), client_id: shared };
  const { prompt_id: id } = await told<{ prompt_id: string }>('a', '/prompt', {
    method: 'POST',
    native: true,
    body,
  });
  await eventually(() => heard.a.includes('execution_success') && /"state":"succeeded"/.test(heard.a), {
    timeoutMs: 30_000,
  });
  // Whatever is told of it to others is told by now.
  const { id: later } = await told<{ id: string }>('b', '/v1/jobs', {
    method: 'POST',
    body: { graph: samplingGraph() },
  });
  await eventually(() => heard.b.includes(later), { timeoutMs: 30_000 });
  for (const socket of sockets) socket.terminate();
  over.abort();
  await Promise.all(streams.map(async ({ end }) => end));
  expect([heard.a.includes(id), heard.b.includes(id)]).toEqual([true, false]);
  expect(found(heard.b, '')).toEqual([]);
});
