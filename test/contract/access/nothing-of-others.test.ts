/**
 * A tenant finds nothing of another, whichever route it reads: each that the table of routes names is asked with everything of the other's in
 * hand, at both replicas. What it is told holds nothing of theirs, and about theirs it is told what it is told about what never was, for which
 * the service asks its database, its files and its nodes the very same: a clock tells no more than the answer does.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { askedOfJob, askedOfRest, differences, liveFile } from './told-apart.js';
import { table } from './table.js';
import { canary, formOf, graphOfA, TwoTenants } from './two-tenants.js';

let tenants: TwoTenants;
let ids: string[];
const ask: TwoTenants['ask'] = async (...asked) => tenants.ask(...asked);
const told = async <T>(...asked: Parameters<TwoTenants['told']>): Promise<T> => tenants.told<T>(...asked);

beforeAll(async () => {
  tenants = await TwoTenants.create({ isWatched: true });
  ({ ids } = tenants);
});
afterAll(async () => tenants?.destroy());

interface Read {
  line: string;
  path: string;
  native: boolean;
  method: string;
}

/** Streams are read apart. What is named by nothing of a tenant's is asked as it stands, and for theirs by query. */
function readsOf(line: string): Read[] {
  const [port = '', method = '', route = ''] = line.split(' ');
  if (route === '/v1/events') return [];
  const parameter = /:(?:id|prompt_id|file|type|name|folder|version)\b/g;
  const read = (path: string): Read => ({ line, method, native: port === 'native', path });
  if (!parameter.test(route))
    return [
      '',
      `?filename=${canary}_00001_.png&type=output`,
      `?filename=${canary}_00001_.png&type=output&prompt_id=${ids[0]}`,
      `?filename=${canary}.png&type=input`,
      '?dir=workflows',
      '?tenant=team-a',
    ].map((query) => read(route + query));
  const values = route.startsWith('/v1/tenants')
    ? ['team-a']
    : [...ids, `workflows%2F${canary}.json`, `${canary}.png`, canary];
  return values.map((value) => read(route.replaceAll(parameter, value)));
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

/** A dozen of them. */
async function someAtOnce<One>(
  all: readonly One[],
  look: (one: One, no: number) => Promise<void>,
): Promise<void> {
  const rest = [...all.entries()];
  const reader = async (): Promise<void> => {
    for (let next = rest.pop(); next; next = rest.pop()) await look(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: 12 }, reader));
}

it('by any route that reads', async () => {
  const mine = new Set<string>();
  const wrong: string[] = [];
  const look = async (read: Read, no: number): Promise<void> => {
    const sent = { method: read.method, native: read.native, at: no % 2 };
    const { answer, wrong: differing } = await differences(tenants, { path: read.path, ...sent });
    wrong.push(...differing);
    const leaks = found(answer.text, read.path);
    if (leaks.length > 0) wrong.push(`${read.line} ${read.path} tells ${leaks.join()}`);
    // A stream of one's own is open for as long as there is something to come, and a preview is waited for.
    if (mine.has(read.line) || /\/(events|preview)$/.test(read.line)) return;
    const own = await ask('a', read.path, sent);
    const isTheirs = [...ids, canary].some((each) => own.text.includes(each) || read.path.includes(each));
    if (own.status === 200 && isTheirs) mine.add(read.line);
  };
  await someAtOnce(reads(), look);
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

it('by any deed, whether theirs waits, runs or has ended', async () => {
  const hang = tenants.deployment.node('one').inject({ kind: 'hang-sampling' });
  const live = { '21': { class_type: 'VAEDecode', inputs: { samples: ['4', 0], vae: ['6', 0] } } };
  const saved = {
    '22': { class_type: 'SaveImage', inputs: { images: ['21', 0], filename_prefix: `${canary}-live` } },
  };
  const { prompt_id: running } = await told<{ prompt_id: string }>('a', '/prompt', {
    method: 'POST',
    native: true,
    body: { prompt: { ...graphOfA(), ...live, ...saved } },
  });
  // Its node alone has it so far.
  const view = `/view?filename=${liveFile}&type=output`;
  await eventually(async () => (await ask('a', view, { native: true })).status === 200, {
    timeoutMs: 30_000,
  });
  const { id: waiting } = await told<{ id: string }>('a', '/v1/jobs', {
    method: 'POST',
    body: { graph: graphOfA() },
  });
  const before = ids.slice(0, 2);
  ids.push(running, waiting);
  const wrong: string[] = [];
  const jobs = [...before, running, waiting];
  await someAtOnce([...jobs.flatMap(askedOfJob), ...askedOfRest(tenants)], async (asked, no) => {
    wrong.push(...(await differences(tenants, { ...asked, at: no % 2 })).wrong);
  });
  // And nothing was done to them.
  const states = [];
  for (const id of jobs) states.push((await told<{ state: string }>('a', `/v1/jobs/${id}`)).state);
  hang.clear();
  for (const id of [running, waiting]) await ask('a', `/v1/jobs/${id}/cancel`, { method: 'POST' });
  expect(wrong).toEqual([]);
  expect(states.slice(0, 3)).toEqual(['succeeded', 'succeeded', 'active']);
  // It may wait at the node.
  expect(['queued', 'active']).toContain(states[3]);
}, 120_000);

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
    tenants.replicas.map(async ({ url }) => {
      const answer = await fetch(`${url}/v1/events?types=job,progress,queue,preview`, {
        headers: tenants.headersOf(who),
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
    const socket = new WebSocket(
      `${tenants.replicas[1]!.nativeUrl.replace('http', 'ws')}/ws?clientId=${shared}`,
      {
        headers: tenants.headersOf(who),
      },
    );
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
