/** The statements that tag and charge jobs give what the scheduling module's functions do. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { JobsStore } from '../../src/modules/jobs/record/reading/jobs.store.js';
import type { NewJob } from '../../src/modules/jobs/record/submit/new-job.js';
import { SubmitStore } from '../../src/modules/jobs/record/submit/submit.store.js';
import { SchedulerStore } from '../../src/modules/jobs/record/queue/scheduler.store.js';
import { assignTag, correctTag, creditOf, type Tag } from '../../src/modules/scheduling/index.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

describe('the tag of a job', () => {
  let database: TestDatabase;
  let jobs: JobsStore;
  let intake: SubmitStore;
  let scheduler: SchedulerStore;
  let classId: number;

  beforeAll(async () => {
    database = await createDatabase();
    jobs = new JobsStore(database.pool);
    intake = new SubmitStore(database.pool);
    scheduler = new SchedulerStore(database.pool);
    classId = await intake.ensureClass({
      hash: 'class',
      requirements: {},
      models: [],
      loras: [],
      nodeTypes: [],
      minVramBytes: 0,
      workflow: null,
      labels: {},
      pool: null,
      profileId: 'class',
    });
  });
  afterAll(async () => database.drop());
  beforeEach(async () => database.pool.query(`DELETE FROM job; DELETE FROM tenant WHERE id <> 'default'`));

  async function submit(fields: Partial<NewJob>): Promise<{ id: string; effKey: number; creditS: number }> {
    const id = randomUUID();
    await intake.insert({ ...ordinary, id, classId, ...fields });
    const { rows } = await database.pool.query<{ effKey: number; creditS: number }>(
      'SELECT eff_key AS "effKey", credit_s AS "creditS" FROM job WHERE id = $1',
      [id],
    );
    return { id, ...rows[0]! };
  }

  const tenantTag = async (id: string): Promise<Tag> => {
    const { rows } = await database.pool.query<{ startS: number; vfinishS: number }>(
      'SELECT vstart AS "startS", vfinish AS "vfinishS" FROM tenant WHERE id = $1',
      [id],
    );
    return { effKey: Number.NaN, ...rows[0]! };
  };

  it('is the one that `assignTag` gives, whatever the tenant has waiting', async () => {
    const submission = fc.record({
      tenant: fc.constantFrom('light', 'heavy'),
      estimateMs: fc.integer({ min: 1, max: 600_000 }),
      priority: fc.integer({ min: -3, max: 3 }),
      advanceS: fc.integer({ min: 0, max: 300 }),
    });
    const speed = 3.5;
    await fc.assert(
      fc.asyncProperty(fc.array(submission, { minLength: 1, maxLength: 12 }), async (submissions) => {
        await database.pool.query(`DELETE FROM job; DELETE FROM tenant WHERE id <> 'default'`);
        await database.pool.query(`UPDATE scheduler_clock SET virtual_s = 0`);
        await database.pool.query(`INSERT INTO tenant (id, weight) VALUES ('heavy', 4)`);
        let virtualS = 0;
        const vfinishS = new Map<string, number>();
        for (const { tenant, estimateMs, priority, advanceS } of submissions) {
          virtualS += advanceS;
          await scheduler.setClock(virtualS, speed);
          const creditS = creditOf(priority);
          const job = await submit({ tenantId: tenant, estimateMs, priority, creditS });
          const tag = assignTag({
            virtualS,
            vfinishS: vfinishS.get(tenant) ?? 0,
            weight: tenant === 'heavy' ? 4 : 1,
            clusterSpeed: speed,
            estimateMs,
            creditS,
          });
          vfinishS.set(tenant, tag.vfinishS);
          expect(job.effKey).toBeCloseTo(tag.effKey, 6);
          expect(job.creditS).toBeCloseTo(creditS, 6);
          expect((await tenantTag(tenant)).vfinishS).toBeCloseTo(tag.vfinishS, 6);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('is refunded as `correctTag` says when the job is cancelled before it ran', async () => {
    await scheduler.setClock(0, 2);
    await submit({ tenantId: 'a', estimateMs: 60_000 });
    const { id } = await submit({ tenantId: 'a', estimateMs: 30_000 });
    const before = await tenantTag('a');
    await jobs.requestCancel(id);
    const { vfinishS } = await tenantTag('a');
    expect(vfinishS).toBeCloseTo(correctTag(before, 30_000, 0, { weight: 1, clusterSpeed: 2 }), 6);
    expect(vfinishS).toBeLessThan(before.vfinishS);
  });

  it('is not charged for a repeated request', async () => {
    const idempotency = { key: 'once', requestHash: 'body' };
    await submit({ tenantId: 'b', idempotency });
    const before = await tenantTag('b');
    expect(await intake.insert({ ...ordinary, id: randomUUID(), classId, tenantId: 'b', idempotency })).toBe(
      'repeated',
    );
    expect(await tenantTag('b')).toEqual(before);
  });
});

const ordinary: Omit<NewJob, 'id' | 'classId'> = {
  tenantId: 'default',
  principalId: null,
  door: 'v1',
  workflow: null,
  priority: 0,
  creditS: 0,
  estimateMs: 1_000,
  workUnits: 1,
  deadline: null,
  runLimitMs: null,
  labels: null,
  traceparent: null,
  idempotency: null,
  prompt: null,
  webhook: null,
  deliver: null,
  input: { templateHash: null, params: null, graph: '{}', assets: [], extraData: null },
};
