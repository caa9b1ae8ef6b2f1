/**
 * `npm run bench:recovery`: how long others take to go on, with the service's own timings. The leader of three replicas is killed
 * (kill -9) and told to stop (SIGTERM), again and again, while every node runs a job; and posts to every node stay without an answer.
 * Every job that ran through a death must have run once.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Cluster } from '../test/chaos/cluster.js';
import { collectEvidence } from '../test/chaos/evidence.js';
import type { ReplicaProcess } from '../test/chaos/processes.js';
import { Recovery } from '../test/chaos/recovery.js';
import { eventually } from '../test/support/poll.js';
import { JobsClient } from '../test/support/jobs-client.js';
import { samplingGraph } from '../test/support/sampling-graph.js';

const samples = Number(process.env['SAMPLES'] ?? 10);
const nodeCount = 10;
/** At 60 ms a step: longer than the deaths take altogether. */
const longSteps = 5000;

let cluster: Cluster;
let recovery: Recovery;
const watching: Promise<void>[] = [];

beforeAll(async () => {
  cluster = await Cluster.start({ replicas: 3, nodes: nodeCount, timings: {}, logDir: undefined });
  recovery = new Recovery(cluster);
  recovery.isQuiet = () => true;
  cluster.onKilled((id) => watching.push(recovery.watch(id, 'kill -9')));
});
afterAll(async () => cluster.stop());

const door = (): JobsClient => new JobsClient(cluster.serving()[0]!.url);

async function everyNodeTakesWork(): Promise<void> {
  const names = cluster.nodes.map(({ name }) => name);
  const ready = async (): Promise<boolean> =>
    cluster.serving().length === 3 && (await door().nodesTakeWork(names));
  await eventually(ready, { timeoutMs: 60_000, intervalMs: 100, what: 'nodes that take work' });
}

/** The replica that leads, when all serve and none is about to be adopted from. */
async function leaderAtRest(): Promise<ReplicaProcess> {
  return eventually(
    async () => {
      const [lease] = await cluster.query<{ id: string; orphans: number }>(
        `SELECT replica_id AS id, (SELECT count(*)::int FROM attempt a WHERE a.closed_at IS NULL AND NOT EXISTS
           (SELECT FROM replica r WHERE r.id = a.owner AND r.heartbeat_at > now() - interval '4 seconds')) AS orphans
         FROM leader WHERE expires_at > now()`,
      );
      const all = cluster.serving().length === cluster.replicas.length && lease?.orphans === 0;
      return all ? cluster.replicas.find(({ id }) => id === lease.id) : undefined;
    },
    { timeoutMs: 60_000, intervalMs: 100, what: 'a leader at rest' },
  );
}

async function strikeLeaders(how: 'kill' | 'terminate'): Promise<void> {
  for (let sample = 0; sample < samples; sample += 1) {
    const leader = await leaderAtRest();
    const { id } = leader;
    leader[how]();
    if (how === 'terminate') watching.push(recovery.watch(id, 'SIGTERM'));
    await eventually(() => leader.service === undefined, { timeoutMs: 30_000, what: 'its end' });
    while (watching.length > 0) await watching.pop();
  }
}

test('recovery', async () => {
  await everyNodeTakesWork();
  const client = door();
  const running = await Promise.all(
    cluster.nodes.map(async () => client.submit(samplingGraph({ steps: longSteps }))),
  );
  await eventually(async () => (await openIn('running')) === nodeCount, {
    timeoutMs: 60_000,
    intervalMs: 200,
    what: 'a run on every node',
  });
  await strikeLeaders('kill');
  await strikeLeaders('terminate');
  const { attempts, prompts } = await collectEvidence(cluster);
  expect(attempts.filter(({ closedAt }) => closedAt !== null)).toEqual([]);
  expect(prompts).toHaveLength(nodeCount);
  for (const id of running) await door().cancel(id);
  await eventually(async () => (await openIn()) === 0, {
    timeoutMs: 60_000,
    intervalMs: 200,
    what: 'free nodes',
  });

  await Promise.all(
    cluster.nodes.map(async (node) =>
      node.inject({ kind: 'fail-route', path: '/prompt', method: 'POST', times: 1 }),
    ),
  );
  await Promise.all(cluster.nodes.map(async () => door().submit(samplingGraph({ steps: 1 }))));
  await eventually(
    async () => (await openIn('sending')) === 0 && (await closedAs('not_arrived')) >= nodeCount,
    {
      timeoutMs: 120_000,
      intervalMs: 500,
      what: 'every ambiguous post settled',
    },
  );
  const settled = await cluster.query<{ tookMs: number }>(
    `SELECT (extract(epoch FROM closed_at - sending_at) * 1000)::float8 AS "tookMs" FROM attempt WHERE outcome = 'not_arrived'`,
  );
  const kinds = [...new Set(recovery.times.map(({ kind }) => kind))].toSorted();
  console.table([
    ...kinds.map((kind) =>
      row(
        kind,
        recovery.times.filter((time) => time.kind === kind).map(({ tookMs }) => tookMs),
      ),
    ),
    row(
      'ambiguous post settled',
      settled.map(({ tookMs }) => tookMs),
    ),
  ]);
});

async function openIn(state = ''): Promise<number> {
  const [found] = await cluster.query<{ open: number }>(
    `SELECT count(*)::int AS open FROM attempt WHERE closed_at IS NULL AND ($1 = '' OR state::text = $1)`,
    [state],
  );
  return found!.open;
}

async function closedAs(outcome: string): Promise<number> {
  const [found] = await cluster.query<{ closed: number }>(
    `SELECT count(*)::int AS closed FROM attempt WHERE outcome::text = $1`,
    [outcome],
  );
  return found!.closed;
}

function row(what: string, timesMs: number[]) {
  const sorted = timesMs.toSorted((one, other) => one - other);
  return {
    what,
    samples: sorted.length,
    p50Ms: Math.round(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN),
    maxMs: Math.round(sorted.at(-1) ?? Number.NaN),
  };
}
