/** Submits that come together go as one statement, and are what they would have been one after the other. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SchedulerStore } from '../../src/modules/jobs/record/queue/scheduler.store.js';
import { assignTag } from '../../src/modules/scheduling/index.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { StoredJobs } from '../support/stored-jobs.js';

describe('a batch of submits', () => {
  let database: TestDatabase;
  let stored: StoredJobs;
  let classId: number;

  beforeAll(async () => {
    database = await createDatabase();
    stored = new StoredJobs(database.pool);
    classId = await stored.classOf('batched');
  });
  afterAll(async () => database.drop());

  const countOf = async (ids: readonly string[]): Promise<number> => {
    const { rows } = await database.pool.query<{ count: string }>(
      'SELECT count(*) FROM job j JOIN job_input i ON i.job_id = j.id WHERE j.id = ANY ($1::uuid[])',
      [ids],
    );
    return Number(rows[0]?.count);
  };

  it('tags jobs and charges tenants as one submit after the other does', async () => {
    const clusterSpeed = 2.5;
    await new SchedulerStore(database.pool).setClock(40, clusterSpeed);
    await database.pool.query(`INSERT INTO tenant (id, weight) VALUES ('batch heavy', 4)`);
    const jobs = Array.from({ length: 60 }, (_, at) => ({
      id: randomUUID(),
      tenantId: ['batch heavy', 'batch light'][at % 2]!,
      estimateMs: 1000 * (1 + ((at * 7) % 50)),
      creditS: at % 5,
    }));
    await Promise.all(jobs.map(async (job) => stored.submit(classId, job)));
    const { rows } = await database.pool.query<{ id: string; effKey: number }>(
      'SELECT id, eff_key AS "effKey" FROM job WHERE id = ANY ($1::uuid[])',
      [jobs.map(({ id }) => id)],
    );
    const keyOf = new Map(rows.map(({ id, effKey }) => [id, effKey]));
    const vfinishS = new Map<string, number>();
    for (const { id, tenantId, estimateMs, creditS } of jobs) {
      const tag = assignTag({
        virtualS: 40,
        vfinishS: vfinishS.get(tenantId) ?? 0,
        weight: tenantId === 'batch heavy' ? 4 : 1,
        clusterSpeed,
        estimateMs,
        creditS,
      });
      vfinishS.set(tenantId, tag.vfinishS);
      expect(keyOf.get(id)).toBeCloseTo(tag.effKey, 6);
    }
    const tenants = await database.pool.query<{ id: string; vfinish: number }>(
      `SELECT id, vfinish FROM tenant WHERE id LIKE 'batch%'`,
    );
    for (const { id, vfinish } of tenants.rows) expect(vfinish).toBeCloseTo(vfinishS.get(id)!, 6);
  });

  it('gives tickets in the order in which the prompts came', async () => {
    const prompt = {
      place: 'here',
      clientId: null,
      number: null,
      front: false,
      targets: ['9', '10'],
      workflowId: null,
      secrets: Buffer.from([0, 1, 255]),
    };
    const inserted = await Promise.all(
      Array.from({ length: 40 }, async () => stored.insert(classId, { prompt })),
    );
    const tickets = inserted.map((each) => (each.inserted as { ticket: number }).ticket);
    expect(tickets).toEqual(tickets.toSorted((one, other) => one - other));
    const { rows } = await database.pool.query<{ targets: string[]; secrets: Buffer }>(
      'SELECT targets, secrets FROM job_prompt WHERE job_id = $1',
      [inserted[0]!.id],
    );
    expect(rows[0]).toEqual({ targets: ['9', '10'], secrets: prompt.secrets });
  });

  it('takes in the others when one cannot be written', async () => {
    const taken = await stored.submit(classId);
    const good = Array.from({ length: 30 }, () => randomUUID());
    const submits = [
      ...good.slice(0, 15).map(async (id) => stored.insert(classId, { id })),
      stored.insert(classId, { id: taken }),
      stored.insert(987_654, {}),
      stored.insert(classId, { workflow: 'nul \0' }),
      stored.insert(classId, { labels: { 'a\0': 'b' } }),
      ...good.slice(15).map(async (id) => stored.insert(classId, { id })),
    ];
    const ends = await Promise.allSettled(submits);
    const bad = ends.slice(15, 19).map((end) => (end.status === 'fulfilled' ? end.value.inserted : 'failed'));
    expect(bad).toEqual(['duplicate', 'classless', 'failed', 'failed']);
    expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(2);
    expect(await countOf(good)).toBe(30);
  });

  it('makes one job of equal keys', async () => {
    const idempotency = { key: 'same', requestHash: 'body' };
    const inserted = await Promise.all(
      Array.from({ length: 12 }, async () => stored.insert(classId, { idempotency })),
    );
    const made = inserted.filter((each) => typeof each.inserted === 'object');
    expect(made).toHaveLength(1);
    expect(inserted.filter((each) => each.inserted === 'repeated')).toHaveLength(11);
    expect(await countOf(inserted.map(({ id }) => id))).toBe(1);
  });
});
