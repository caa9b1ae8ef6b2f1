/** Every change of what belongs to all leaves a line, told at any replica: who, what, from where, and how it ended. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Deployment, type Replica } from '../../support/deployment.js';
import { makeKey } from '../../support/keys.js';
import { eventually } from '../../support/poll.js';

interface Line {
  id: string;
  known_by: string;
  principal: string | null;
  verb: string;
  kind: string;
  request: string;
  status: number | null;
}

interface Asked {
  key?: string;
  method?: string;
  body?: unknown;
  at?: number;
}

let deployment: Deployment;
let replicas: Replica[];

async function ask(path: string, { key = '', method = 'GET', body, at = 0 }: Asked = {}) {
  const answer = await fetch(`${replicas[at]?.url}${path}`, {
    method,
    headers: {
      ...(key !== '' && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  return { status: answer.status, text: await answer.text() };
}

const keyOf = async (principal: string, role: string): Promise<string> =>
  (await makeKey(replicas[0]!.url, { principal, role })).key;

async function linesAt(query = '', at = 1) {
  const { text } = await ask(`/v1/audit${query}`, { at });
  return JSON.parse(text) as { entries: Line[]; next_cursor: string | null };
}

beforeAll(async () => {
  deployment = await Deployment.create([{ name: 'one' }]);
  replicas = [await deployment.start(), await deployment.start()];
});
afterAll(async () => deployment.destroy());

it('tells who drained a node, and that a key without the role may not ask', async () => {
  const key = await keyOf('ada', 'operator');
  expect((await ask('/v1/nodes/one/drain?secret=s3cret', { key, method: 'POST', body: {} })).status).toBe(
    200,
  );
  const [line] = await eventually(async () => {
    const { entries } = await linesAt('?principal=ada');
    return entries[0]?.status === 200 && entries;
  });
  expect(line).toMatchObject({
    known_by: 'key',
    principal: 'ada',
    verb: 'change',
    kind: 'node',
    request: 'POST /v1/nodes/one/drain',
  });
  expect((await ask('/v1/audit', { key })).status).toBe(403);
  await ask('/v1/nodes/one/undrain', { key, method: 'POST', body: {} });
});

it('tells the keys that were made, by whom, and never their text', async () => {
  const key = await keyOf('ben', 'read');
  const { entries } = await linesAt('?kind=key');
  expect(entries[0]).toMatchObject({ known_by: 'local', principal: null, request: 'POST /v1/keys' });
  expect(JSON.stringify(entries)).not.toContain(key.slice(-30));
});

it('tells what was refused for its content too, and pages from the newest to the oldest', async () => {
  expect((await ask('/v1/tenants/t', { method: 'PUT', body: { weight: -1 } })).status).toBe(422);
  await eventually(async () => (await linesAt('?kind=tenant')).entries[0]?.status === 422);
  const all = (await linesAt()).entries.map(({ id }) => id);
  const paged: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await linesAt(`?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`, 0);
    paged.push(...page.entries.map(({ id }) => id));
    cursor = page.next_cursor;
  }
  expect(paged).toEqual(all);
  expect((await ask('/v1/audit?cursor=x')).status).toBe(422);
  expect((await ask('/v1/audit?who=ada')).status).toBe(422);
});

it('tells who changes the priority of jobs that others have', async () => {
  const job = '/v1/jobs/00000000-0000-4000-8000-000000000000';
  const key = await keyOf('dan', 'operator');
  expect((await ask(job, { key, method: 'PATCH', body: { priority: 1 } })).status).toBe(404);
  await eventually(async () => (await linesAt('?principal=dan')).entries[0]?.status === 404);
  const [line] = (await linesAt('?principal=dan')).entries;
  expect(line).toMatchObject({ verb: 'change', kind: 'job', request: `PATCH ${job}` });
});

it('writes nothing down for what only reads, and for a tenant that cancels its own', async () => {
  const before = (await linesAt()).entries.length;
  const key = await keyOf('cy', 'submit');
  await ask('/v1/nodes');
  await ask('/v1/jobs/00000000-0000-4000-8000-000000000000/cancel', { key, method: 'POST', body: {} });
  await ask('/v1/jobs/00000000-0000-4000-8000-000000000000', {
    key,
    method: 'PATCH',
    body: { priority: 1 },
  });
  expect((await linesAt()).entries.length).toBe(before + 1);
});
