import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WindowReader } from '../../../src/modules/dispatch/leader/feeds/window-reader.js';
import { QueueStore } from '../../../src/modules/jobs/index.js';
import {
  createScheduler,
  decide,
  defaultOptions,
  type SchedulerState,
} from '../../../src/modules/scheduling/index.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { StoredJobs } from '../../support/stored-jobs.js';

const size = 3;
const nowMs = 1_000;

let database: TestDatabase;
let stored: StoredJobs;
let reader: WindowReader;
let state: SchedulerState;
let classId: number;
beforeEach(async () => {
  database = await createDatabase();
  stored = new StoredJobs(database.pool);
  reader = new WindowReader(new QueueStore(database.pool), size);
  state = createScheduler(defaultOptions);
  classId = await classOf('a');
});
afterEach(async () => database.drop());

async function classOf(name: string): Promise<number> {
  const id = await stored.classOf(name);
  const cls = { models: [], loras: [], minVramBytes: 0, labels: {} };
  decide(state, {
    kind: 'class',
    nowMs,
    class: { id: String(id), ...cls, profileId: name, family: name },
  });
  return id;
}

/** As the leader does: what has changed is told to the scheduler. Answers the ids of each window that was read. */
async function look(): Promise<Record<number, string[]>> {
  const changes = await reader.changes(state, nowMs);
  for (const { classId: id, heads } of changes)
    decide(state, {
      kind: 'heads',
      nowMs,
      classId: String(id),
      queued: heads.length,
      jobs: heads.map((head) => ({
        ...head,
        classId: String(head.classId),
        enqueuedAtMs: nowMs,
        inputsOnNodeIds: [],
      })),
    });
  return Object.fromEntries(changes.map(({ classId: id, heads }) => [id, heads.map((head) => head.id)]));
}

const keyOf = async (jobId: string, effKey: number) =>
  database.pool.query('UPDATE job SET eff_key = $2 WHERE id = $1', [jobId, effKey]);

async function submit(effKey: number, cls = classId): Promise<string> {
  const id = await stored.submit(cls);
  await keyOf(id, effKey);
  return id;
}

describe('the windows of the queue', () => {
  it('are read when they have changed, and only then', async () => {
    const other = await classOf('b');
    const [a1, b1] = [await submit(1), await submit(1, other)];
    expect(await look()).toEqual({ [classId]: [a1], [other]: [b1] });
    expect(await look()).toEqual({});
    const a0 = await submit(0);
    expect(await look()).toEqual({ [classId]: [a0, a1] });
    expect(await look()).toEqual({});
  });

  it('are read when a job got another key, also where it stays at its place', async () => {
    const id = await submit(1);
    await look();
    await keyOf(id, 0.5);
    expect(await look()).toEqual({ [classId]: [id] });
    expect(state.classById.get(String(classId))!.window[0]!.spec.effKey).toBe(0.5);
    expect(await look()).toEqual({});
  });

  it('are not read for a job behind them', async () => {
    const first = [await submit(1), await submit(2), await submit(3)];
    expect(await look()).toEqual({ [classId]: first });
    await submit(4);
    expect(await look()).toEqual({});
  });

  it('are read as empty once when nobody waits any more', async () => {
    const id = await submit(1);
    await look();
    await database.pool.query(`UPDATE job SET state = 'cancelled', finished_at = now() WHERE id = $1`, [id]);
    expect(await look()).toEqual({ [classId]: [] });
    expect(await look()).toEqual({});
  });

  it('are read again when the scheduler took a job out of them that still waits', async () => {
    const ids = [await submit(1), await submit(2)];
    await look();
    const { window } = state.classById.get(String(classId))!;
    decide(state, {
      kind: 'heads',
      nowMs,
      classId: String(classId),
      jobs: window.slice(1).map((job) => job.spec),
    });
    expect(await look()).toEqual({ [classId]: ids });
  });

  it('leave tenants out until they are asked for again', async () => {
    const [mine, other] = [await submit(1), await submit(2)];
    await database.pool.query(`INSERT INTO tenant (id) VALUES ('other')`);
    await database.pool.query(`UPDATE job SET tenant_id = 'other' WHERE id = $1`, [other]);
    const without = await reader.load(classId, ['default'], nowMs);
    expect(without.heads.map(({ id }) => id)).toEqual([other]);
    expect(reader.windows.event(without, [], nowMs)).not.toHaveProperty('queued');
    const whole = await reader.load(classId, [], nowMs);
    expect(whole.heads.map(({ id }) => id)).toEqual([mine, other]);
    expect(reader.windows.event(whole, [], nowMs)).toHaveProperty('queued');
  });

  it('know how long a job has waited', async () => {
    const id = await submit(1);
    await database.pool.query(`UPDATE job SET created_at = now() - interval '60 s' WHERE id = $1`, [id]);
    await look();
    const found = reader.windows.find(classId, id);
    expect(found?.readAtMs).toBe(nowMs);
    expect(found?.head.ageMs).toBeGreaterThanOrEqual(60_000);
    expect(found?.head.ageMs).toBeLessThan(65_000);
  });
});
