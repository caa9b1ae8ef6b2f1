import { afterAll, beforeAll, describe, it } from 'vitest';
import { outcomes, Scene } from './scene.js';

describe.concurrent('a node that loses its work', () => {
  let scene: Scene;
  beforeAll(async () => (scene = await Scene.open()));
  afterAll(async () => scene.close());

  it('by death in mid-run: the job runs elsewhere, and its history says node_lost', async ({ expect }) => {
    const pair = await scene.pair('dead');
    const id = await pair.submitAndRun();
    pair.victim.exit();
    await pair.release();
    const job = await pair.jobs.ended(id);
    expect(job).toMatchObject({ state: 'succeeded', node_id: 'dead-spare' });
    expect(job.history[0]).toMatchObject({
      node_id: 'dead-victim',
      outcome: 'node_lost',
      error: { code: 'node_lost' },
    });
    expect(pair.prompts(job).map((run) => run.outcome)).toEqual(['lost', 'success']);
  });

  it('by a restart in mid-run is noticed at the next poll', async ({ expect }) => {
    const pair = await scene.pair('restarted');
    const id = await pair.submitAndRun();
    await pair.victim.restart();
    await pair.release();
    const job = await pair.jobs.ended(id);
    expect(outcomes(job)).toEqual(['node_lost', 'ok']);
    expect(pair.prompts(job).map((run) => run.outcome)).toEqual(['lost', 'success']);
  });

  it('and comes back alone runs the job again itself', async ({ expect }) => {
    const pair = await scene.pair('alone');
    const id = await pair.submitAndRun();
    await pair.victim.restart(200);
    const job = await pair.jobs.ended(id);
    expect(outcomes(job)).toEqual(['node_lost', 'ok']);
    expect(job.history.every((attempt) => attempt.node_id === 'alone-victim')).toBe(true);
  });

  it('because somebody cleared its history between the end and the look: the run is repeated elsewhere', async ({
    expect,
  }) => {
    const pair = await scene.pair('cleared');
    const held = pair.inject({ kind: 'slow-route', path: '/history', method: 'GET' });
    const id = await pair.submit();
    await pair.jobs.until(id, () => pair.victim.record().at(-1)?.outcome === 'success');
    pair.inject({ kind: 'clear-history' });
    held.clear();
    await pair.release();
    const job = await pair.jobs.ended(id);
    expect(outcomes(job)).toEqual(['node_lost', 'ok']);
  });

  it('because an operator took it from the registry: the job is placed elsewhere', async ({ expect }) => {
    const pair = await scene.pair('removed');
    const id = await pair.submitAndRun();
    await pair.jobs.post(`/v1/nodes/${pair.victim.name}`, {}, 'DELETE');
    await pair.release();
    const job = await pair.jobs.ended(id);
    expect(outcomes(job)).toEqual(['node_lost', 'ok']);
  });

  it('four times over the same job makes it poison: it fails, and its like are refused', async ({
    expect,
  }) => {
    const pair = await scene.pair('poison');
    for (const node of [pair.victim, pair.spare])
      node.inject({ kind: 'exit-while-sampling', backAfterMs: 100, times: 4 });
    const id = await pair.submit();
    await pair.jobs.until(id, (job) => job.history[0]?.state === 'closed');
    await pair.release();
    // The waits between its runs grow, and are none of this test's.
    const hastening = setInterval(() => {
      void scene.deployment.database!.pool.query(`UPDATE job SET not_before = now() WHERE id = $1`, [id]);
    }, 200);
    const job = await pair.jobs.ended(id).finally(() => clearInterval(hastening));
    expect(job.state).toBe('failed');
    expect(outcomes(job)).toEqual(['node_lost', 'node_lost', 'node_lost', 'node_lost']);
    expect(new Set(job.history.map((attempt) => attempt.node_id))).toEqual(
      new Set(['poison-victim', 'poison-spare']),
    );
    await expect(pair.submit()).rejects.toThrow(/422.*quarantined/);
  });
});
