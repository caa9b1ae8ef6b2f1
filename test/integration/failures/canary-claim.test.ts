/**
 * One prompt at a time tries a node whose breaker is not closed, whoever sends it: the claim in the record, and a scene in which the leader
 * (this test), the owner of the node and a sender are different processes.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ordersChannel } from '../../../src/modules/jobs/index.js';
import { TruthStore } from '../../../src/modules/nodes/truth/truth.store.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { Deployment, promptsOf, type Replica } from '../../support/deployment.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { StoredJobs } from '../../support/stored-jobs.js';

describe('the claim of a node', () => {
  let database: TestDatabase;
  let truths: TruthStore;
  let stored: StoredJobs;
  let slot = 0;

  beforeAll(async () => {
    database = await createDatabase({ poolSize: 10 });
    truths = new TruthStore(database.pool);
    stored = new StoredJobs(database.pool);
    await stored.lead();
    for (const id of ['x', 'y'])
      await database.pool.query(`INSERT INTO node (id, url, source) VALUES ($1, 'http://' || $1, 'api')`, [
        id,
      ]);
  });
  afterAll(async () => database.drop());

  async function placed(nodeId: string): Promise<string> {
    const jobId = await stored.submit(await stored.classOf('model'));
    const [made] = await place(stored, [{ jobId, nodeId, slot: (slot += 1), owner: stored.owner }]);
    return made!.promptId;
  }

  const closed = (promptId: string): Promise<unknown> =>
    database.pool.query(
      `UPDATE attempt SET state = 'closed', outcome = 'withdrawn', closed_at = now() WHERE prompt_id = $1`,
      [promptId],
    );
  const claimed = (promptId: string): Promise<boolean> => truths.claimForCanary('x', promptId);
  const named = (promptId: string): Promise<unknown> =>
    database.pool.query(`UPDATE node SET canary_claim = $1 WHERE id = 'x'`, [promptId]);

  it('is one prompt’s until its attempt is closed, and may be made again by it', async () => {
    const [first, second] = [await placed('x'), await placed('x')];
    expect([await claimed(first), await claimed(first), await claimed(second)]).toEqual([true, true, false]);
    await closed(first);
    expect([await claimed(second), await claimed(first)]).toEqual([true, false]);
    await closed(second);
  });

  it.each([
    ['an attempt that is no more', async () => randomUUID()],
    ['an attempt at another node, as after a restore', async () => placed('y')],
  ])('is free where it names %s', async (_, other) => {
    await named(await other());
    const next = await placed('x');
    expect(await claimed(next)).toBe(true);
    await closed(next);
  });

  it('is nobody’s where the node is no more', async () =>
    expect(await truths.claimForCanary('gone', await placed('x'))).toBe(false));

  it('is made by one of many that ask at once, though their statements are older than the placement of the one that has it', async () => {
    const early = await placed('x');
    const owner = await database.pool.connect();
    await owner.query('BEGIN');
    await owner.query(`UPDATE node SET state_reason = 'the owner writes' WHERE id = 'x'`);
    // They wait for the owner's write with the record as it is now, without the attempt that claims the node meanwhile.
    const waiting = [early, await placed('x')].map(claimed);
    await eventually(async () => (await waiters()) === 2, { what: 'two claims that wait' });
    const late = await placed('x');
    await owner.query(`UPDATE node SET canary_claim = $1 WHERE id = 'x'`, [late]);
    await owner.query('COMMIT');
    owner.release();
    expect(await Promise.all(waiting)).toEqual([false, false]);
    await closed(late);

    const many = await Promise.all(Array.from({ length: 8 }, async () => placed('x')));
    const made = await Promise.all(many.map(claimed));
    expect(made.filter(Boolean)).toHaveLength(1);
  });

  async function waiters(): Promise<number> {
    const { rows } = await database.pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%canary_claim%'`,
    );
    return rows[0]!.count;
  }
});

it('of prompts that two replicas send at the same moment one tries the node; the other is given back, charged to nobody', async () => {
  const deployment = await Deployment.create([{ name: 'suspect', loadMs: 1, stepMs: 10 }]);
  try {
    const { pool } = deployment.database!;
    const [node] = deployment.nodes;
    await pool.query(
      `INSERT INTO node (id, url, source, breaker, breaker_opened) VALUES ('suspect', $1, 'env', 'half_open', 1)`,
      [node!.url],
    );
    const stored = new StoredJobs(pool);
    await stored.lead();
    // One that lasts longer is taken for a mistake.
    await pool.query(`UPDATE leader SET expires_at = now() + interval '30 minutes'`);
    const replicas = [await deployment.start(), await deployment.start()];
    const { jobs } = replicas[0]!;
    const hang = node!.inject({ kind: 'hang-sampling' });
    const both = await placedBy(stored, await replicasOf(pool));

    const ended = await eventually(
      async () => {
        const details = await Promise.all(both.map(async ({ jobId }) => jobs.get(jobId)));
        const back = details.find(({ state }) => state === 'queued');
        const tries = details.find(({ history }) => history[0]?.state === 'running');
        return back && tries && { back, tries };
      },
      { timeoutMs: 20_000, what: 'one prompt that runs and one that came back' },
    );
    const { back, tries } = ended;
    // By the claim, or by word of the first that came before.
    expect(back.history).toMatchObject([
      { outcome: 'withdrawn', error: { message: expect.stringMatching(/ by now$/) as string } },
    ]);
    expect(promptsOf(back, deployment.nodes)).toEqual([]);
    const { rows } = await pool.query<{ charged: number }>(
      `SELECT sum(attempts_infra + attempts_job)::int AS charged FROM job`,
    );
    expect(rows[0]!.charged).toBe(0);
    expect(await claimOf(pool)).toEqual({ claim: tries.history[0]!.prompt_id });

    hang.clear();
    expect((await jobs.ended(tries.id)).state).toBe('succeeded');
    await eventually(async () => (await breakersAt(replicas)).every((breaker) => breaker === 'closed'), {
      what: 'closed breakers everywhere',
    });
    // Nothing is claimed where the breaker is closed.
    const [last] = await placedBy(stored, (await replicasOf(pool)).slice(0, 1));
    expect((await jobs.ended(last!.jobId)).state).toBe('succeeded');
    expect(await claimOf(pool)).toEqual({ claim: tries.history[0]!.prompt_id });
  } finally {
    await deployment.destroy();
  }
});

/** A job for each of these senders, placed and told at once. */
async function placedBy(stored: StoredJobs, owners: readonly string[]): Promise<Placed[]> {
  const classId = await stored.classOf('model');
  const noInput = { templateHash: null, params: null, assets: [], extraData: null };
  const ids = await Promise.all(
    owners.map(async () =>
      stored.submit(classId, { input: { ...noInput, graph: JSON.stringify(samplingGraph()) } }),
    ),
  );
  return place(
    stored,
    owners.map((owner, slot) => ({ jobId: ids[slot]!, nodeId: 'suspect', slot, owner })),
  );
}

interface Placed {
  jobId: string;
  promptId: string;
}

async function place(
  stored: StoredJobs,
  where: readonly { jobId: string; nodeId: string; slot: number; owner: string }[],
): Promise<Placed[]> {
  const placements = where.map((each) => ({
    ...each,
    promptId: randomUUID(),
    decision: {},
    expectedMs: null,
    loadsModels: null,
  }));
  expect(await stored.attempts.place(placements, stored.term)).toHaveLength(where.length);
  await stored.pool.query(`SELECT pg_notify($1, owner) FROM unnest($2::text[]) AS owner`, [
    ordersChannel,
    where.map(({ owner }) => owner),
  ]);
  return placements;
}

type Pool = TestDatabase['pool'];

const replicasOf = async (pool: Pool): Promise<string[]> =>
  (await pool.query<{ id: string }>(`SELECT id FROM replica`)).rows.map(({ id }) => id);

const claimOf = async (pool: Pool): Promise<{ claim: string | null } | undefined> =>
  (await pool.query<{ claim: string | null }>(`SELECT canary_claim AS claim FROM node`)).rows[0];

const breakersAt = async (replicas: Replica[]): Promise<string[]> =>
  Promise.all(replicas.map(async ({ jobs }) => (await jobs.node('suspect')).breaker));
