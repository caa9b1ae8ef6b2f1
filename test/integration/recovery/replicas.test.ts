import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Deployment, type Replica, runsOf } from '../../support/deployment.js';
import type { JobDetail } from '../../support/jobs-client.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { expectWithin } from '../../support/within.js';

const leaseMs = 2_000;

describe('two replicas on one database', () => {
  let deployment: Deployment;
  let left: Replica;
  let right: Replica;

  beforeAll(async () => {
    const node = { stepMs: 20, loadMs: 1 };
    deployment = await Deployment.create(['one', 'two', 'three', 'four'].map((name) => ({ name, ...node })));
    [left, right] = await Promise.all([deployment.start(), deployment.start()]);
  });
  afterEach(() => deployment.nodes.forEach((node) => node.clearFaults()));
  afterAll(async () => deployment.destroy());

  const query = async <Row extends object>(sql: string): Promise<Row[]> =>
    (await deployment.database?.pool.query<Row>(sql))?.rows ?? [];
  const leader = async (): Promise<{ replica_id: string; term: string } | undefined> =>
    (await query<{ replica_id: string; term: string }>('SELECT replica_id, term FROM leader'))[0];
  const isLeader = async (replica: Replica): Promise<boolean> =>
    replica.output().includes((await leader())?.replica_id ?? 'nobody');

  function expectOneRun(job: JobDetail): void {
    // What waited behind a run may have been taken back for a better node: it never ran.
    const tries = job.history.filter(({ outcome }) => outcome !== 'withdrawn');
    expect(job.state).toBe('succeeded');
    expect(tries).toMatchObject([{ outcome: 'ok' }]);
    expect(runsOf(job, deployment.nodes)).toMatchObject([{ outcome: 'success' }]);
  }

  it('have one leader, share the nodes between them, and run each job once, whichever took it', async () => {
    const ids = await Promise.all(
      Array.from({ length: 24 }, async (_, index) =>
        (index % 2 ? left : right).jobs.submit(samplingGraph({ steps: 10 })),
      ),
    );
    for (const [index, id] of ids.entries()) expectOneRun(await (index % 2 ? right : left).jobs.ended(id));
    expect(await query('SELECT name FROM leader')).toHaveLength(1);
    expect((await query<{ owner: string }>('SELECT DISTINCT owner FROM attempt')).length).toBeLessThanOrEqual(
      2,
    );
    // Each node has one owner, since no replica came or went.
    const owners = await query<{ owners: string }>(
      'SELECT count(DISTINCT owner) AS owners FROM attempt GROUP BY node_id',
    );
    expect(owners.every((row) => row.owners === '1')).toBe(true);
  });

  it('tell a client of either of them how its job goes, to the end', async () => {
    const id = await left.jobs.submit(samplingGraph({ steps: 100 }));
    const [heardLeft, heardRight] = await Promise.all([eventsOf(left, id), eventsOf(right, id)]);
    for (const events of [heardLeft, heardRight]) {
      expect(events.at(-1)).toMatchObject({ event: 'end', job: { id, state: 'succeeded', progress: 100 } });
      const progress = events.map(({ job }) => job.progress ?? 0);
      expect(progress).toEqual(progress.toSorted((one, other) => one - other));
      expect(progress.some((value) => value > 0 && value < 100)).toBe(true);
    }
  });

  it('survive the death of the leader: the other adopts what runs and leads, and no run is repeated', async () => {
    const ids = await Promise.all(
      Array.from({ length: 4 }, async () => right.jobs.submit(samplingGraph({ steps: 400 }))),
    );
    for (const id of ids) await right.jobs.attemptIs(id, 'running');
    const before = await leader();
    const [dying, living] = (await isLeader(left)) ? [left, right] : [right, left];
    await dying.kill();
    const killedMs = performance.now();
    await eventually(
      async () =>
        (await query('SELECT DISTINCT owner FROM attempt WHERE closed_at IS NULL')).length === 1 &&
        (await leader())?.replica_id !== before?.replica_id,
      {
        timeoutMs: 30_000,
        what: 'one owner and a new leader',
      },
    );
    expectWithin(leaseMs + 8_000, killedMs);
    expect(Number((await leader())?.term)).toBe(Number(before?.term) + 1);
    for (const id of [...ids, await living.jobs.submit(samplingGraph())])
      expectOneRun(await living.jobs.ended(id));
    [left, right] = [living, await deployment.start()];
  });

  it('hand over at SIGTERM without waiting for a lease', async () => {
    const ids = await Promise.all(
      Array.from({ length: 4 }, async () => right.jobs.submit(samplingGraph({ steps: 100 }))),
    );
    for (const id of ids) await right.jobs.attemptIs(id, 'running');
    expect(await left.stop()).toBe(0);
    for (const id of ids) expectOneRun(await right.jobs.ended(id));
    left = await deployment.start();
  });

  it('outlive a pause of one: the other takes over, and the one that wakes changes nothing', async () => {
    const ids = await Promise.all(
      Array.from({ length: 4 }, async () => right.jobs.submit(samplingGraph({ steps: 200 }))),
    );
    for (const id of ids) await right.jobs.attemptIs(id, 'running');
    process.kill(left.pid, 'SIGSTOP');
    try {
      for (const id of ids) expectOneRun(await right.jobs.ended(id));
    } finally {
      process.kill(left.pid, 'SIGCONT');
    }
    const after = await left.jobs.submit(samplingGraph());
    expectOneRun(await left.jobs.ended(after));
    for (const id of ids) expectOneRun(await left.jobs.get(id));
  });
});

interface HeardEvent {
  event: string;
  job: JobDetail;
}

async function eventsOf(replica: Replica, id: string): Promise<HeardEvent[]> {
  const answer = await fetch(`${replica.url}/v1/jobs/${id}/events`, { signal: AbortSignal.timeout(60_000) });
  const frames = (await answer.text()).split('\n\n').filter((frame) => frame.startsWith('event: '));
  return frames.map((frame) => {
    const [event = '', data = ''] = frame.split('\n');
    return {
      event: event.slice('event: '.length),
      job: JSON.parse(data.slice('data: '.length)) as JobDetail,
    };
  });
}
