/** Reads of one job each that come at the same time share statements, and each caller is answered as if it had come alone. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asPrincipal, type Principal } from '../../src/modules/access/index.js';
import { ArchiveStore } from '../../src/modules/jobs/record/archive/archive.store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { StoredJobs } from '../support/stored-jobs.js';

let database: TestDatabase;
let stored: StoredJobs;
/** Of each tenant 20 jobs at work and 20 in the archive. */
const ids: Record<string, string[]> = { one: [], other: [] };
/** Names of the statements that were sent. */
const sent: string[] = [];

beforeAll(async () => {
  database = await createDatabase();
  stored = new StoredJobs(database.pool);
  const classId = await stored.classOf('model');
  const submitAll = async (): Promise<void> => {
    for (const tenantId of Object.keys(ids))
      for (let no = 0; no < 20; no += 1) ids[tenantId]!.push(await stored.submit(classId, { tenantId }));
  };
  await submitAll();
  await database.pool.query(`UPDATE job SET state = 'cancelled', finished_at = now() - interval '1 day'`);
  const archive = new ArchiveStore(database.pool);
  const days = await database.pool.query<{ day: string }>(
    `SELECT DISTINCT (finished_at AT TIME ZONE 'UTC')::date::text AS day FROM job`,
  );
  await archive.prepare(days.rows.map(({ day }) => day));
  let moved = 0;
  for await (const each of archive.move(1000)) moved += each;
  if (moved !== 40) throw new Error(`${moved} jobs moved to the archive`);
  await submitAll();
  const query = database.pool.query.bind(database.pool) as (...args: unknown[]) => unknown;
  Object.assign(database.pool, {
    query: (first: { name?: string }, ...rest: unknown[]) => {
      sent.push(first.name ?? '');
      return query(first, ...rest);
    },
  });
});
afterAll(async () => database?.drop());

const as = <T>(tenantId: string, work: () => T): T => {
  const scopes = { doors: null, workflows: null, networks: null };
  const principal: Principal = {
    id: randomUUID(),
    kind: 'key',
    keyId: 'k',
    tenantId,
    role: 'submit',
    rights: [],
    scopes,
  };
  return asPrincipal(principal, work);
};

it('answers each of 200 callers at once what is its own, by a fifth of the statements', async () => {
  const asked = [...ids['one']!, ...ids['other']!, ...Array.from({ length: 20 }, () => randomUUID())];
  const read = (tenantId: string) =>
    as(tenantId, () => asked.map(async (id, no) => stored.jobs.find(no % 2 === 0 ? id : id.toUpperCase())));
  sent.length = 0;
  const [one, other] = [read('one'), read('other')];
  for (const [tenantId, views] of [
    ['one', await Promise.all(one)],
    ['other', await Promise.all(other)],
  ] as const)
    expect(views.map((view) => view?.id ?? null)).toEqual(
      asked.map((id) => (ids[tenantId]!.includes(id) ? id : null)),
    );
  // One by one they are one for each, and a second for each that is not at work.
  expect(sent.length).toBeLessThan((200 + 160) / 5);
});

it('asks for what is hidden what it asks for what never was', async () => {
  const askedFor = async (id: string): Promise<string[]> => {
    sent.length = 0;
    expect(await as('one', async () => stored.jobs.find(id))).toBeNull();
    return [...sent];
  };
  const never = await askedFor(randomUUID());
  expect(never).toEqual(['jobs', 'jobs-archived']);
  expect(await askedFor(ids['other']![0]!)).toEqual(never);
  expect(await askedFor(ids['other']!.at(-1)!)).toEqual(never);
});

it('fails alone where a neighbour is not an id at all', async () => {
  const good = as('one', async () => stored.jobs.find(ids['one']![0]!));
  const bad = as('one', async () => stored.jobs.find('no id'));
  await expect(bad).rejects.toThrow('uuid');
  expect((await good)?.id).toBe(ids['one']![0]);
});
