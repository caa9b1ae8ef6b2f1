/** What a tenant may ask for in a day is held in the record: exactly, however many ask at once and through whichever replica. */
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { Deployment, type Replica } from '../support/deployment.js';
import { formOf } from '../support/door-5014.js';
import { eventually } from '../support/poll.js';
import { samplingGraph } from '../support/sampling-graph.js';
import { StoredJobs } from '../support/stored-jobs.js';
import { call } from '../support/v1.js';

describe('the quotas of a day, in the record', () => {
  let database: TestDatabase;
  let pools: pg.Pool[];
  let replicas: StoredJobs[];
  let classId: number;

  beforeAll(async () => {
    database = await createDatabase();
    pools = [0, 1].map(() => new pg.Pool({ connectionString: database.url, max: 4 }));
    replicas = pools.map((pool) => new StoredJobs(pool));
    classId = await replicas[0]!.classOf('quota');
    await replicas[0]!.lead();
  });
  afterAll(async () => {
    await Promise.all(pools.map(async (pool) => pool.end()));
    await database.drop();
  });
  beforeEach(async () =>
    database.pool.query(
      `TRUNCATE attempt, job CASCADE; TRUNCATE idempotency; DELETE FROM tenant WHERE id <> 'default'`,
    ),
  );

  const tenant = async (id: string, jobs: number | null, gpuSeconds: number | null): Promise<void> => {
    await database.pool.query(
      'INSERT INTO tenant (id, max_jobs_per_day, max_gpu_seconds_per_day) VALUES ($1, $2, $3)',
      [id, jobs, gpuSeconds],
    );
  };
  const spent = async (id: string): Promise<{ jobs: number; gpuMs: number }> => {
    const { rows } = await database.pool.query<{ jobs: number; gpuMs: number }>(
      'SELECT day_jobs AS jobs, day_gpu_ms AS "gpuMs" FROM tenant WHERE id = $1',
      [id],
    );
    return rows[0]!;
  };
  const jobsOf = async (id: string): Promise<number> => {
    const { rows } = await database.pool.query<{ count: string }>(
      'SELECT count(*) FROM job WHERE tenant_id = $1',
      [id],
    );
    return Number(rows[0]?.count);
  };
  /** What became of each of `count` submits that come at once to both replicas. */
  const submit = async (
    tenantId: string,
    count: number,
    more: (at: number) => object = () => ({}),
  ): Promise<unknown[]> =>
    Promise.all(
      Array.from(
        { length: count },
        async (_, at) => (await replicas[at % 2]!.insert(classId, { tenantId, ...more(at) })).inserted,
      ),
    );
  const made = (answers: unknown[]): number =>
    answers.filter((answer) => typeof answer === 'object' && answer !== null && 'ticket' in answer).length;

  it('takes as many jobs as it may and not one more, of two tenants beside each other', async () => {
    await tenant('tight', 41, null);
    await tenant('free', null, null);
    const [tight, free] = await Promise.all([submit('tight', 150), submit('free', 50)]);
    expect([made(tight), made(free)]).toEqual([41, 50]);
    expect(tight.filter((answer) => JSON.stringify(answer) === '{"exhausted":"jobs_per_day"}')).toHaveLength(
      109,
    );
    expect([await jobsOf('tight'), (await spent('tight')).jobs, (await spent('free')).jobs]).toEqual([
      41, 41, 50,
    ]);
  });

  it('counts a repetition for nothing', async () => {
    await tenant('repeating', 10, null);
    const idempotency = { key: 'the one', requestHash: 'hash' };
    const answers = await submit('repeating', 40, (at) => (at < 30 ? { idempotency } : {}));
    const again = async (): Promise<unknown[]> =>
      submit('repeating', answers.filter((answer) => answer === 'again').length);
    expect(made(answers) + made(await again())).toBe(10);
    expect(await spent('repeating')).toMatchObject({ jobs: 10 });
  });

  it('leaves a key free that came with a job which was refused', async () => {
    await tenant('keyed', 0, null);
    const idempotency = { key: 'later', requestHash: 'hash' };
    expect(await submit('keyed', 1, () => ({ idempotency }))).toEqual([{ exhausted: 'jobs_per_day' }]);
    expect(await replicas[0]!.intake.findByKey('keyed', 'later')).toBeNull();
    await database.pool.query(`UPDATE tenant SET max_jobs_per_day = 1 WHERE id = 'keyed'`);
    expect(made(await submit('keyed', 1, () => ({ idempotency })))).toBe(1);
  });

  it('begins anew with the day, and not before', async () => {
    await tenant('daily', 5, null);
    expect(made(await submit('daily', 9))).toBe(5);
    await database.pool.query(`UPDATE tenant SET day = day + 1 WHERE id = 'daily'`);
    expect(made(await submit('daily', 9))).toBe(0);
    await database.pool.query(`UPDATE tenant SET day = day - 2 WHERE id = 'daily'`);
    expect(made(await submit('daily', 9))).toBe(5);
  });

  it('holds GPU seconds by what jobs are expected to take, then by what they took', async () => {
    await tenant('gpu', null, 10);
    expect(made(await submit('gpu', 64))).toBe(10);
    expect(await submit('gpu', 1)).toEqual([{ exhausted: 'gpu_seconds_per_day' }]);
    const { rows } = await database.pool.query<{ id: string }>(
      `SELECT id FROM job WHERE tenant_id = 'gpu' LIMIT 2`,
    );
    const [ran, cancelled] = rows.map(({ id }) => id);
    await replicas[0]!.jobs.requestCancel(cancelled!);
    const running = await replicas[0]!.run((await replicas[0]!.place(ran!, 'node'))!);
    const collecting = await replicas[0]!.attempts.toCollecting(running, { runMs: 250, setUpMs: null });
    await replicas[0]!.attempts.settle(collecting!, {
      outcome: 'ok',
      disposition: { kind: 'succeed' },
      error: null,
      outputs: [],
      run: null,
    });
    await eventually(async () => (await spent('gpu')).gpuMs === 8250);
    expect(made(await submit('gpu', 5))).toBe(1);
    expect((await spent('gpu')).gpuMs).toBe(9250);
  });

  it('charges a try that failed, and no job of yesterday to today', async () => {
    await tenant('trying', null, 100);
    const id = await replicas[0]!.submit(classId, { tenantId: 'trying' });
    const running = await replicas[0]!.run((await replicas[0]!.place(id, 'node-2'))!);
    const retry = { kind: 'retry', charge: 'job', delayMs: 0, avoidNode: false } as const;
    const ending = { error: null, outputs: [], run: null };
    await replicas[0]!.attempts.settle(running, {
      ...ending,
      outcome: 'job_error',
      disposition: retry,
      runMs: 700,
    });
    await eventually(async () => (await spent('trying')).gpuMs === 1700);
    await database.pool.query(`UPDATE job SET created_at = created_at - interval '1 day' WHERE id = $1`, [
      id,
    ]);
    await replicas[0]!.jobs.requestCancel(id);
    expect((await spent('trying')).gpuMs).toBe(1700);
  });
});

describe('the quotas of a day, over the doors', () => {
  let deployment: Deployment;
  let replicas: Replica[];

  beforeAll(async () => {
    deployment = await Deployment.create([]);
    replicas = [await deployment.start(), await deployment.start()];
  });
  afterAll(async () => deployment.destroy());

  const put = async (id: string, settings: object): Promise<void> => {
    await call(`${replicas[0]!.url}/v1/tenants/${id}`, 'PUT', settings);
    await eventually(async () => (await call(`${replicas[1]!.url}/v1/tenants/${id}`)).status === 200);
  };

  it('let 64 clients at two replicas have exactly as many jobs as there are', async () => {
    await put('team', { max_jobs_per_day: 100 });
    const client = async (at: number): Promise<Response[]> => {
      const answers: Response[] = [];
      for (let no = 0; no < 4; no += 1)
        answers.push(
          await replicas[(at + no) % 2]!.jobs.post('/v1/jobs', { graph: samplingGraph(), tenant: 'team' }),
        );
      return answers;
    };
    const answers = (await Promise.all(Array.from({ length: 64 }, async (_, at) => client(at)))).flat();
    const refused = answers.filter(({ status }) => status === 429);
    expect([answers.length - refused.length, refused.length]).toEqual([100, 156]);
    const { rows } = await deployment.database!.pool.query(
      `SELECT count(*)::int FROM job WHERE tenant_id = 'team'`,
    );
    expect(rows).toEqual([{ count: 100 }]);
    const [first] = refused;
    const waitS = Number(first?.headers.get('retry-after'));
    expect(waitS).toBeGreaterThan(0);
    expect(waitS).toBeLessThanOrEqual(86_400);
    expect(first?.headers.get('ratelimit-policy')).toBe('"jobs_per_day";q=100;w=86400');
    expect(first?.headers.get('ratelimit')).toBe(`"jobs_per_day";r=0;t=${waitS}`);
    expect(await first?.json()).toMatchObject({
      code: 'quota_exceeded',
      details: { quota: 'jobs_per_day', limit: 100 },
    });
  });

  it('take a batch whole or not at all', async () => {
    await put('batching', { max_jobs_per_day: 5 });
    const batch = async (jobs: number): Promise<number> => {
      const body = {
        tenant: 'batching',
        jobs: Array.from({ length: jobs }, () => ({ graph: samplingGraph() })),
      };
      return (await replicas[1]!.jobs.post('/v1/jobs/batch', body)).status;
    };
    expect([await batch(3), await batch(3), await batch(2), await batch(1)]).toEqual([202, 429, 202, 429]);
    const { rows } = await deployment.database!.pool.query(
      `SELECT count(*)::int, (SELECT day_jobs FROM tenant WHERE id = 'batching') AS day_jobs FROM job WHERE tenant_id = 'batching'`,
    );
    expect(rows).toEqual([{ count: 5, day_jobs: 5 }]);
  });

  it('are told in the words of each door', async () => {
    await put('default', { max_jobs_per_day: 0 });
    const url = replicas[0]!.url;
    const original = await fetch(`${url}/api/upload_and_generate`, { method: 'POST', body: formOf({}) });
    expect([original.status, await original.json()]).toEqual([
      429,
      { detail: expect.stringContaining('has used up the 0 jobs') as string },
    ]);
    expect(Number(original.headers.get('retry-after'))).toBeGreaterThan(0);
    await put('default', {});
  });
});
