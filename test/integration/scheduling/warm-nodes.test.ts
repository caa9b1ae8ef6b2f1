/** What the running service does with models, slots and limits; counted in the nodes' own records, never timed. */
import { afterEach, describe, expect, it } from 'vitest';
import { wanModelFiles } from '../../../src/programs/simulator/index.js';
import { Deployment, type Replica } from '../../support/deployment.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph, twiceSampled } from '../../support/sampling-graph.js';
import { decisionOf } from '../../support/decisions.js';

const models = { ...wanModelFiles, unet_gguf: ['red.gguf', 'blue.gguf'] };
const switching = { models, vram: { models: 1 }, loadMs: 400, stepMs: 5 };

describe('nodes whose memory holds one of two models', () => {
  let deployment: Deployment | undefined;
  afterEach(async () => deployment?.destroy());

  const loads = (nodes: Deployment['nodes']): number =>
    nodes.flatMap((node) => node.record()).reduce((sum, entry) => sum + entry.loads, 0);

  /** Reds and blues in an order that no line of two nodes fits by chance. */
  async function runMixed(replica: Replica, jobs: number): Promise<void> {
    const ids: string[] = [];
    for (let at = 0; at < jobs; at += 1) {
      const model = (at * 7) % 11 < 5 ? 'red.gguf' : 'blue.gguf';
      ids.push(await replica.jobs.submit(samplingGraph({ model })));
    }
    for (const id of ids) expect(await replica.jobs.ended(id)).toMatchObject({ state: 'succeeded' });
  }

  /** After a life in which it learned, and a restart. */
  async function loadsUnder(policy: string): Promise<number> {
    const own = await Deployment.create(['one', 'two'].map((name) => ({ name, ...switching })));
    try {
      const first = await own.start({ SCHEDULING_POLICY: policy });
      await runMixed(first, 12);
      await first.stop();
      const before = loads(own.nodes);
      await runMixed(await own.start({ SCHEDULING_POLICY: policy }), 24);
      return loads(own.nodes) - before;
    } finally {
      await own.destroy();
    }
  }

  it('switch far less often than when jobs go to the shortest line', async () => {
    const warm = await loadsUnder('cost');
    const classic = await loadsUnder('least-queue');
    console.log(`model loads of 24 jobs on 2 nodes: ${warm} by cost, ${classic} by least queue`);
    expect(warm).toBeLessThanOrEqual(classic / 2);
  }, 240_000);

  it('are remembered by the next leader', async () => {
    deployment = await Deployment.create(['one', 'two'].map((name) => ({ name, ...switching })));
    const first = await deployment.start();
    await runMixed(first, 12);
    const last = await first.jobs.ended(await first.jobs.submit(samplingGraph({ model: 'red.gguf' })));
    await first.stop();
    const before = loads(deployment.nodes);
    const second = await deployment.start();
    const again = await second.jobs.ended(await second.jobs.submit(samplingGraph({ model: 'red.gguf' })));
    expect(loads(deployment.nodes)).toBe(before);
    const { placed } = await decisionOf(second.url, again.id);
    expect(placed!.terms['switchingS'], `after a run on ${last.node_id}`).toBe(0);
    // Learned: what nobody has run counts as 120 s.
    expect(placed!.terms['executionS']).toBeLessThan(60);
  });
});

describe('a busy node', () => {
  let deployment: Deployment | undefined;
  afterEach(async () => deployment?.destroy());

  it('has the next prompt in its own queue before its run ends, and never more than one', async () => {
    deployment = await Deployment.create([{ name: 'only', loadMs: 1, stepMs: 700 }]);
    const { jobs, url } = await deployment.start();
    const ids: string[] = [];
    for (let at = 0; at < 4; at += 1) ids.push(await jobs.submit(samplingGraph({ steps: 8 })));
    for (const id of ids) await jobs.ended(id, 60_000);
    const runs = deployment.node('only').record();
    expect(runs).toHaveLength(4);
    const gaps = runs.slice(1).map((run, at) => run.acceptedAt - runs[at]!.finishedAt!);
    expect(
      gaps.every((gapMs) => gapMs < 0),
      `accepted behind the run before: ${gaps.join(' ')}`,
    ).toBe(true);
    const lead = runs.slice(2).map((run, at) => run.acceptedAt - runs[at]!.finishedAt!);
    expect(
      lead.every((ms) => ms >= 0),
      `after the run before that: ${lead.join(' ')}`,
    ).toBe(true);
    const decisions = await Promise.all(ids.map((id) => decisionOf(url, id)));
    expect(decisions.map(({ placed }) => placed!.behind_another)).toEqual([false, true, true, true]);
  });

  it('gives the prompt back when its run takes longer than expected; it has cost the job nothing', async () => {
    deployment = await Deployment.create([{ name: 'slow', loadMs: 1, stepMs: 100 }]);
    const { jobs } = await deployment.start({ SCHEDULING_OVERSHOOT_MS: '1000' });
    const slow = deployment.node('slow');
    const first = await jobs.submit(twiceSampled(30, 10));
    await jobs.until(first, ({ progress }) => (progress ?? 0) > 0);
    const hang = slow.inject({ kind: 'hang-sampling' });
    const second = await jobs.submit(samplingGraph({ steps: 4 }));
    await jobs.attemptIs(second, 'accepted');
    const back = await jobs.until(second, (job) => job.history[0]?.outcome === 'withdrawn');
    expect(back.history[0]).toMatchObject({ outcome: 'withdrawn' });
    hang.clear();
    for (const id of [first, second]) expect(await jobs.ended(id)).toMatchObject({ state: 'succeeded' });
    const { rows } = await deployment.database!.pool.query<{ attempts_infra: number; attempts_job: number }>(
      'SELECT attempts_infra, attempts_job FROM job WHERE id = $1',
      [second],
    );
    expect(rows).toEqual([{ attempts_infra: 0, attempts_job: 0 }]);
    expect(slow.record().filter(({ outcome }) => outcome === 'deleted')).toHaveLength(1);
  });

  it('and its next prompt survive the death of the leader: nothing is lost, nothing runs twice', async () => {
    deployment = await Deployment.create([{ name: 'only', loadMs: 1, stepMs: 500 }]);
    const leader = await deployment.start();
    const ids: string[] = [];
    for (let at = 0; at < 3; at += 1) ids.push(await leader.jobs.submit(samplingGraph({ steps: 8 })));
    await eventually(
      async () => {
        const open = await Promise.all(ids.map(async (id) => leader.jobs.get(id)));
        return (
          open.filter(({ history }) => ['accepted', 'running'].includes(history.at(-1)?.state ?? ''))
            .length === 2
        );
      },
      { timeoutMs: 40_000, what: 'a prompt behind another' },
    );
    await leader.kill();
    const next = await deployment.start();
    for (const id of ids)
      expect(await next.jobs.ended(id, 60_000)).toMatchObject({ state: 'succeeded', attempts: 1 });
    const runs = deployment.node('only').record();
    expect(runs.map(({ outcome }) => outcome)).toEqual(['success', 'success', 'success']);
  });
});
