/** The statement that ends a job with the success of an attempt that was given up, on a real server and against its rivals. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttemptOutcome } from '../../src/modules/jobs/domain/states.js';
import type {
  LateAttempt,
  NewOutput,
  OpenAttempt,
} from '../../src/modules/jobs/record/attempts/attempts.records.js';
import { lateAttempts } from '../../src/modules/jobs/record/attempts/reads.sql.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { StoredJobs } from '../support/stored-jobs.js';

const reason = { code: 'late_success', message: 'another attempt succeeded' };
const hourMs = 3_600_000;
const output: NewOutput = {
  nodeId: '8',
  key: 'images',
  filename: 'picture.png',
  subfolder: '',
  type: 'output',
  container: 'png',
  isVideo: false,
  mime: 'image/png',
  sha256: 'f'.repeat(64),
  sizeBytes: 1,
  raw: {},
};

interface Row {
  state: string;
  error: { code: string } | null;
  attempts: { no: number; state: string; outcome: string | null; code: string | null }[];
  outputsOf: string[];
}

describe('a late success', () => {
  let database: TestDatabase;
  let stored: StoredJobs;
  let classId: number;
  let nodes = 0;

  beforeAll(async () => {
    database = await createDatabase();
    stored = new StoredJobs(database.pool);
    await stored.lead();
    classId = await stored.classOf('any');
    await database.pool.query(`INSERT INTO asset (sha256, size_bytes, mime) VALUES ($1, 1, 'image/png')`, [
      output.sha256,
    ]);
  });
  afterAll(async () => database.drop());

  const freshNode = (): string => `node-${(nodes += 1)}`;
  const place = async (jobId: string): Promise<OpenAttempt> => {
    const placed = await stored.place(jobId, freshNode());
    if (!placed) throw new Error('the job could not be placed');
    return placed;
  };
  const giveUp = async (
    attempt: OpenAttempt,
    {
      outcome = 'node_lost',
      code = 'unreachable',
      delayMs = 0,
    }: { outcome?: AttemptOutcome; code?: string; delayMs?: number } = {},
  ): Promise<void> => {
    await stored.attempts.settle(attempt, {
      outcome,
      disposition: { kind: 'retry', charge: 'infra', delayMs, avoidNode: true },
      error: { code: outcome, message: 'given up', details: { exception: code } },
      outputs: [],
      run: null,
    });
  };
  /** A job whose first attempt ran and was given up; it waits for another one. */
  const givenUp = async (
    how: Parameters<typeof giveUp>[1] = {},
  ): Promise<{ jobId: string; late: LateAttempt }> => {
    const jobId = await stored.submit(classId);
    const attempt = await stored.run(await place(jobId));
    await giveUp(attempt, how);
    const [late] = await stored.attempts.mayBeLate([attempt.nodeId], hourMs, 10);
    return { jobId, late: late ?? { ...attempt, ver: attempt.ver + 1, state: 'closed' } };
  };
  const adopt = async (late: LateAttempt) =>
    stored.attempts.adoptLate(late, { outputs: [output], run: null, reason });
  const rowOf = async (jobId: string): Promise<Row> => {
    const { rows } = await database.pool.query<Row>(
      `SELECT j.state, j.error,
         (SELECT json_agg(json_build_object('no', no, 'state', a.state, 'outcome', outcome, 'code', a.error->>'code') ORDER BY no)
            FROM attempt a WHERE a.job_id = j.id) AS attempts,
         ARRAY(SELECT prompt_id::text FROM job_output o WHERE o.job_id = j.id) AS "outputsOf"
       FROM job j WHERE j.id = $1`,
      [jobId],
    );
    return rows[0]!;
  };

  it.each([
    ['queued', 0],
    ['delayed', 60_000],
  ])('ends a job that is %s again', async (state, delayMs) => {
    const { jobId, late } = await givenUp({ delayMs });
    expect((await rowOf(jobId)).state).toBe(state);
    expect(await adopt(late)).toEqual({ superfluous: null });
    expect(await rowOf(jobId)).toEqual({
      state: 'succeeded',
      error: null,
      attempts: [{ no: 1, state: 'closed', outcome: 'ok', code: 'node_lost' }],
      outputsOf: [late.promptId],
    });
  });

  it.each([
    ['intent', 'withdrawn', async (attempt: OpenAttempt) => Promise.resolve(attempt)],
    ['sending', 'withdrawn', async (attempt: OpenAttempt) => stored.attempts.toSending(attempt, 1000)],
    ['running', 'cancelled', async (attempt: OpenAttempt) => stored.run(attempt)],
    [
      'collecting',
      'cancelled',
      async (attempt: OpenAttempt) =>
        stored.attempts.toCollecting(await stored.run(attempt), { runMs: null, setUpMs: null }),
    ],
  ] as const)('closes a newer attempt that is %s as %s', async (_, outcome, bring) => {
    const { jobId, late } = await givenUp();
    const newer = await bring(await place(jobId));
    expect(await adopt(late)).toEqual({
      superfluous: { nodeId: newer!.nodeId, owner: stored.owner, outcome },
    });
    expect((await rowOf(jobId)).attempts).toEqual([
      { no: 1, state: 'closed', outcome: 'ok', code: 'node_lost' },
      { no: 2, state: 'closed', outcome, code: 'late_success' },
    ]);
    expect(await stored.attempts.toCollecting(newer!, { runMs: null, setUpMs: null })).toBeNull();
  });

  it('is taken once', async () => {
    const { jobId, late } = await givenUp();
    const answers = await Promise.all([adopt(late), adopt(late), adopt(late)]);
    expect(answers.filter((answer) => answer !== null)).toHaveLength(1);
    expect((await rowOf(jobId)).outputsOf).toEqual([late.promptId]);
  });

  it('is told as any other end: each output, the end, and its files are brought where they were wanted', async () => {
    const { jobId, late } = await givenUp();
    const newer = await stored.run(await place(jobId));
    await database.pool.query(`UPDATE job SET webhook = $2, deliver = $3 WHERE id = $1`, [
      jobId,
      { url: 'https://example.com/hook', baseUrl: 'http://localhost', events: ['output', 'ended'] },
      { to: 's3://renders/late' },
    ]);
    const told = async () =>
      (
        await database.pool.query<{ told: string }>(
          `SELECT concat_ws(' ', kind, event, ordinal, state) AS told FROM delivery WHERE job_id = $1 ORDER BY kind, event`,
          [jobId],
        )
      ).rows.map((row) => row.told);
    expect(await told()).toEqual([]);
    expect(await adopt(late)).not.toBeNull();
    const once = ['file output 0 waiting', 'webhook ended 0 waiting', 'webhook output 0 waiting'];
    expect(await told()).toEqual(once);
    const { rows } = await database.pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM graphile_worker._private_jobs p JOIN delivery d ON p.key = d.id::text WHERE d.job_id = $1`,
      [jobId],
    );
    expect(rows).toEqual([{ count: 3 }]);
    // The one that it made superfluous tells nothing more.
    await stored.finish(newer).catch(() => undefined);
    expect(await adopt(late)).toBeNull();
    expect(await told()).toEqual(once);
  });

  it('changes nothing about a job that has ended', async () => {
    const { jobId, late } = await givenUp();
    await stored.finish(await stored.run(await place(jobId)));
    const before = await rowOf(jobId);
    expect(await adopt(late)).toBeNull();
    expect(await rowOf(jobId)).toEqual(before);
  });

  it('is not looked for where the node said that it knows nothing, nor after the end, a cancel, or hours', async () => {
    const wanted = async ({ late }: { late: LateAttempt }, withinMs = hourMs): Promise<number> =>
      (await stored.attempts.mayBeLate([late.nodeId], withinMs, 10)).length;
    expect(await wanted(await givenUp())).toBe(1);
    expect(await wanted(await givenUp({ outcome: 'not_arrived', code: 'not_arrived' }))).toBe(1);
    expect(await wanted(await givenUp({ outcome: 'timeout', code: 'timeout' }))).toBe(1);
    expect(await wanted(await givenUp({ outcome: 'collect_error' }))).toBe(1);
    expect(await wanted(await givenUp({ code: 'node_lost' }))).toBe(0);
    expect(await wanted(await givenUp({ outcome: 'not_sent', code: 'not_sent' }))).toBe(0);
    expect(await wanted(await givenUp(), 0)).toBe(0);
    const cancelled = await givenUp();
    await stored.jobs.requestCancel(cancelled.jobId);
    expect(await wanted(cancelled)).toBe(0);
    const active = await givenUp();
    await place(active.jobId);
    expect(await wanted(active)).toBe(1);
    await stored.jobs.requestCancel(active.jobId);
    expect(await wanted(active)).toBe(0);
  });

  it('is looked for by an index of its own', async () => {
    const client = await database.pool.connect();
    try {
      await client.query('SET enable_seqscan = off');
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${lateAttempts.text}`, [
        ['node'],
        hourMs,
        10,
      ]);
      expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('attempt_late');
    } finally {
      client.release(true);
    }
  });

  it('meets a placement, a settling, a cancel or another adoption at the same time: the job ends as one of them says, whole', async () => {
    for (let round = 0; round < 60; round += 1) {
      const { jobId, late } = await givenUp();
      const newer = round % 2 === 0 ? await stored.run(await place(jobId)) : null;
      const rival = [
        async () => (newer ? giveUp(newer) : stored.place(jobId, freshNode())),
        async () => (newer ? stored.finish(newer).catch(() => undefined) : stored.place(jobId, freshNode())),
        async () => stored.jobs.requestCancel(jobId),
        async () => adopt(late),
      ][round % 4]!;
      const results = await Promise.allSettled([rival(), adopt(late)]);
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
      const { state, attempts, outputsOf } = await rowOf(jobId);
      const open = attempts.filter(({ state: at }) => at !== 'closed');
      const oks = attempts.filter(({ outcome }) => outcome === 'ok');
      expect(open.length, `round ${round}: ${JSON.stringify({ state, attempts })}`).toBe(
        state === 'active' ? 1 : 0,
      );
      expect(oks.length, `round ${round}: ${JSON.stringify({ state, attempts })}`).toBe(
        state === 'succeeded' ? 1 : 0,
      );
      expect(outputsOf).toEqual(oks[0]?.no === 1 ? [late.promptId] : []);
    }
  });
});
