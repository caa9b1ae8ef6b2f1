/**
 * What decides placement is one truth for all replicas: the scenes in which the leader and the owner of a node are different
 * processes. Each scene has nodes of both kinds, for two replicas share four nodes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedNode } from '../../../src/programs/simulator/index.js';
import { Deployment, type Replica } from '../../support/deployment.js';
import type { JobDetail } from '../../support/jobs-client.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { call } from '../../support/v1.js';
import { expectWithin, slowdownNow } from '../../support/within.js';

interface NodeBody {
  id: string;
  state: string;
  admin: string;
  flags: string[];
  breaker: string;
  accepts_work: boolean;
  reason: string | null;
  inventory_hash: string | null;
}

const names = ['gpu-1', 'gpu-2', 'gpu-3', 'gpu-4'];

describe('two replicas', () => {
  let deployment: Deployment;
  let replicas: Replica[];

  beforeAll(async () => {
    deployment = await Deployment.create(names.map((name) => ({ name, loadMs: 1, stepMs: 20 })));
    replicas = [await deployment.start(), await secondOwner()];
  });
  afterAll(() => deployment.destroy());

  /** Which nodes a replica owns is drawn with its id: one in eight times a second replica would own none of four, or all. */
  async function secondOwner(): Promise<Replica> {
    for (;;) {
      const replica = await deployment.start();
      try {
        await eventually(async () => (await ownersOf()).size === 2, { timeoutMs: 5_000, what: 'two owners' });
        return replica;
      } catch {
        await replica.stop();
      }
    }
  }

  const first = (): Replica => replicas[0]!;

  async function ownersOf(): Promise<Set<string>> {
    const { rows } = await deployment.database!.pool.query<{ owner: string | null }>(
      `SELECT DISTINCT truth_owner AS owner FROM node`,
    );
    return new Set(rows.flatMap(({ owner }) => owner ?? []));
  }

  const nodesAt = async (replica: Replica): Promise<NodeBody[]> =>
    (await call<{ nodes: NodeBody[] }>(`${replica.url}/v1/nodes`)).body.nodes;

  const everywhere = async (holds: (node: NodeBody) => boolean): Promise<boolean> =>
    (await Promise.all(replicas.map(nodesAt))).flat().every(holds);

  const submit = async (count: number): Promise<string[]> =>
    Promise.all(Array.from({ length: count }, async () => first().jobs.submit(samplingGraph({ steps: 1 }))));

  const jobsOf = async (ids: string[]): Promise<JobDetail[]> =>
    Promise.all(ids.map(async (id) => first().jobs.get(id)));

  it('keep out GPUs that are all broken, whoever owns and whoever leads, and take them back when they are repaired', async () => {
    for (const node of deployment.nodes) node.inject({ kind: 'sticky-cuda' });
    const ids = await submit(8);
    await eventually(
      async () => {
        const jobs = await jobsOf(ids);
        const waiting = jobs.every(
          ({ state, waiting_for }) =>
            state === 'queued' && waiting_for?.includes('no node that can run it takes work now'),
        );
        return (
          waiting &&
          (await everywhere(({ flags, accepts_work }) => flags.includes('sick_gpu') && !accepts_work))
        );
      },
      { timeoutMs: 30_000, what: 'eight jobs that wait' },
    );
    const before = await jobsOf(ids);
    const attempts = before.flatMap(({ history }) =>
      history.filter(({ outcome }) => outcome === 'node_fault'),
    );
    for (const name of names)
      expect(attempts.filter(({ node_id }) => node_id === name).length, name).toBeLessThanOrEqual(1);
    // They stay away, and no canary is tried, as long as the GPUs give no statistics.
    await sleep(3_000);
    const later = await jobsOf(ids);
    expect(later.map(({ history }) => history.length)).toEqual(before.map(({ history }) => history.length));

    for (const node of deployment.nodes) node.inject({ kind: 'restart' });
    const ended = await Promise.all(ids.map(async (id) => first().jobs.ended(id, 60_000)));
    expect(ended.map(({ state }) => state)).toEqual(ids.map(() => 'succeeded'));
    // To their end: a run that is still on a node would hold its place in the next scene.
    for (const id of await submit(8)) await first().jobs.ended(id, 60_000);
    await eventually(() => everywhere(({ breaker, flags }) => breaker === 'closed' && flags.length === 0), {
      timeoutMs: 10_000,
      what: 'closed breakers everywhere',
    });
  });

  it('let jobs wait for a file that is gone from every node, and count no attempt', async () => {
    const fault = { folder: 'unet_gguf', file: modelOf(samplingGraph()) } as const;
    const hangs = deployment.nodes.map((node) => node.inject({ kind: 'hang-sampling' }));
    const ids = await submit(20);
    const atWork = async (): Promise<number> =>
      (await jobsOf(ids)).filter(({ state }) => state === 'active').length;
    await eventually(async () => (await atWork()) >= 4, { timeoutMs: 30_000, what: 'four nodes at work' });
    for (const node of deployment.nodes) node.inject({ kind: 'remove-model', ...fault });
    for (const hang of hangs) hang.clear();
    const wait = ({ state, waiting_for }: JobDetail): boolean =>
      state === 'succeeded' || (state === 'queued' && (waiting_for ?? '').includes('no node has model'));
    await eventually(async () => (await jobsOf(ids)).every(wait), {
      timeoutMs: 40_000,
      what: 'jobs that wait',
    });
    const { rows } = await deployment.database!.pool.query<{ infra: number }>(
      `SELECT max(attempts_infra)::int AS infra FROM job WHERE id = ANY ($1::uuid[])`,
      [ids],
    );
    expect(rows[0]!.infra).toBe(0);
    for (const node of deployment.nodes) node.inject({ kind: 'add-model', ...fault });
    const ended = await Promise.all(ids.map(async (id) => first().jobs.ended(id, 60_000)));
    expect(ended.map(({ state }) => state)).toEqual(ids.map(() => 'succeeded'));
  });

  it('tell the same of every node, sampled while nodes fail, drain and come back', async () => {
    const told = async (replica: Replica): Promise<Map<string, string>> =>
      new Map((await nodesAt(replica)).map((node) => [node.id, JSON.stringify(keyFactsOf(node))]));
    const endMs = performance.now() + 12_000;
    const faults = disturbUntil(endMs);
    const agreed = async (): Promise<boolean> => {
      const [one, other] = await Promise.all(replicas.map(told));
      return names.every((name) => one!.get(name) === other!.get(name));
    };
    let compared = 0;
    while (performance.now() < endMs || compared < 1000) {
      const beganMs = performance.now();
      await eventually(agreed, { intervalMs: 5, what: 'one truth' });
      expectWithin(2_000, beganMs);
      compared += names.length;
    }
    await faults;
  });

  async function disturbUntil(endMs: number): Promise<void> {
    for (let turn = 0; performance.now() < endMs; turn += 1) {
      const node = deployment.nodes[turn % names.length]!;
      if (turn % 3 === 0) node.inject({ kind: 'restart', downMs: 500 });
      if (turn % 3 === 1) node.inject({ kind: 'stop-accepting', forMs: 600 });
      if (turn % 3 === 2) await wish(node.name, 'drain', turn);
      await sleep(700);
      if (turn % 3 === 2) await wish(node.name, 'undrain', turn + 1);
    }
  }

  it('and a third tell the same of every node at the same moment, within two seconds, while nodes fail in every way', async () => {
    replicas.push(await deployment.start());
    const moments: Moment[] = [];
    const endMs = performance.now() + 12_000;
    const faults = Promise.all([strikeUntil(endMs), workUntil(endMs)]);
    while (performance.now() < endMs || moments.length * names.length < 1000) {
      const fromMs = performance.now();
      const told = await Promise.all(replicas.map(nodesAt));
      moments.push({ fromMs, toMs: performance.now(), told: told.map(byName) });
    }
    await faults;
    const apartMs = moments.flatMap((moment) => apartIn(moment, moments));
    const bodies = moments.flatMap(({ told }) => told.flatMap((nodes) => [...nodes.values()]));
    const seen = (holds: (node: NodeBody) => boolean): number => bodies.filter(holds).length;
    const kinds = {
      drained: seen(({ admin }) => admin !== 'active'),
      flagged: seen(({ flags }) => flags.length > 0),
      'breaker not closed': seen(({ breaker }) => breaker !== 'closed'),
      'not ready': seen(({ state }) => state !== 'ready'),
      inventories: new Set(bodies.map(({ inventory_hash }) => inventory_hash)).size,
    };
    const differed = apartMs.filter((ms) => ms > 0);
    console.log(
      `${moments.length * names.length} samples of ${replicas.length} replicas: ${differed.length} of ${apartMs.length} comparisons differed, ` +
        `for at most ${Math.round(Math.max(0, ...differed))} ms: ${JSON.stringify(kinds)}`,
    );
    expect(moments.length * names.length).toBeGreaterThanOrEqual(1000);
    expect(Math.max(0, ...differed)).toBeLessThan(2_000 * slowdownNow());
    for (const [kind, count] of Object.entries(kinds)) expect(count, kind).toBeGreaterThan(1);
  });

  /** The GPU of one node breaks and is repaired, of another a file goes and comes back, others restart, are out of reach, are drained. */
  async function strikeUntil(endMs: number): Promise<void> {
    const [restarts, drained, forgets, breaks] = deployment.nodes as [
      SimulatedNode,
      SimulatedNode,
      SimulatedNode,
      SimulatedNode,
    ];
    const file = { folder: 'unet_gguf', file: modelOf(samplingGraph()) } as const;
    breaks.inject({ kind: 'sticky-cuda' });
    for (let turn = 0; performance.now() < endMs; turn += 1) {
      restarts.inject(turn % 2 ? { kind: 'restart', downMs: 500 } : { kind: 'stop-accepting', forMs: 600 });
      forgets.inject({ kind: 'remove-model', ...file });
      await wish(drained.name, 'drain', turn);
      await sleep(700);
      await wish(drained.name, 'undrain', turn + 1);
      forgets.inject({ kind: 'add-model', ...file });
      if (turn % 4 === 3) breaks.inject({ kind: turn % 8 === 3 ? 'restart' : 'sticky-cuda' });
      await sleep(700);
    }
  }

  const wish = async (name: string, what: 'drain' | 'undrain', turn: number): Promise<unknown> =>
    call(`${replicas[turn % replicas.length]!.url}/v1/nodes/${name}/${what}`, 'POST');

  /** What breaks shows in runs alone. */
  async function workUntil(endMs: number): Promise<void> {
    while (performance.now() < endMs) {
      await submit(4);
      await sleep(400);
    }
  }
});

/** All replicas asked at once. */
interface Moment {
  fromMs: number;
  toMs: number;
  /** By replica, then by node. */
  told: Map<string, NodeBody>[];
}

const byName = (nodes: NodeBody[]): Map<string, NodeBody> => new Map(nodes.map((node) => [node.id, node]));

const factsAt = ({ told }: Moment, at: number, name: string): string =>
  JSON.stringify(keyFactsOf(told[at]!.get(name)!));

/** Of each two replicas and each node: 0 where they say the same, else how far away the nearest moment is in which one says what the other says now, or both agree. */
function apartIn(moment: Moment, moments: readonly Moment[]): number[] {
  const all = [...moment.told.keys()];
  return names.flatMap((name) =>
    all.flatMap((one) =>
      all
        .filter((other) => other > one)
        .map((other) => {
          const [mine, theirs] = [factsAt(moment, one, name), factsAt(moment, other, name)];
          if (mine === theirs) return 0;
          const alike = moments.filter((then) => {
            const [a, b] = [factsAt(then, one, name), factsAt(then, other, name)];
            return a === b || a === theirs || b === mine;
          });
          return Math.min(
            ...alike.map((then) => Math.max(1, then.fromMs - moment.toMs, moment.fromMs - then.toMs)),
          );
        }),
    ),
  );
}

const keyFactsOf = ({ state, admin, flags, breaker, accepts_work, inventory_hash }: NodeBody) => [
  state,
  admin,
  flags,
  breaker,
  accepts_work,
  inventory_hash,
];

const modelOf = (graph: Record<string, object>): string =>
  (graph['1'] as { inputs: { unet_name: string } }).inputs.unet_name;
