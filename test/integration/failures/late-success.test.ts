import { afterAll, beforeAll, describe, it } from 'vitest';
import { eventually } from '../../support/poll.js';
import { outcomes, Scene } from './scene.js';

/** A silent node is given up after 3 s; its run goes on unseen. */
/** Every look at its queue fails, at once. */
const deaf = { kind: 'fail-route', path: '/queue', method: 'GET' } as const;

describe.concurrent('a run that succeeds after it was given up', () => {
  let scene: Scene;
  beforeAll(async () => (scene = await Scene.open()));
  afterAll(async () => scene.close());

  it('is adopted while its job still waits for another try: one run, and the record says why it was given up', async ({
    expect,
  }) => {
    const pair = await scene.pair('waiting');
    const id = await pair.submitAndRun();
    const silence = pair.inject({ kind: 'slow-route', path: '/' });
    const given = await pair.jobs.until(id, (job) => job.history[0]?.state === 'closed', 60_000);
    expect(outcomes(given)).toEqual(['node_lost']);
    await eventually(() => pair.victim.record().at(-1)?.outcome === 'success', {
      what: 'the end of the run',
    });
    silence.clear();
    const job = await pair.jobs.ended(id, 60_000);
    expect(job).toMatchObject({ state: 'succeeded', error: null, node_id: 'waiting-victim', attempts: 1 });
    expect(job.history).toMatchObject([{ outcome: 'ok', error: { code: 'node_lost' } }]);
    expect(job.outputs).toHaveLength(1);
    expect(pair.runs(job)).toMatchObject([{ node: 'waiting-victim', outcome: 'success' }]);
  });

  it('is adopted although another one runs already: that one is stopped at its node', async ({ expect }) => {
    const pair = await scene.pair('overtaken');
    const id = await pair.submitAndRun(200);
    const silence = pair.inject(deaf);
    await pair.jobs.until(id, (job) => job.history[0]?.state === 'closed');
    pair.spare.inject({ kind: 'hang-sampling', forMs: 60_000 });
    await pair.release();
    await pair.jobs.until(id, (job) => job.history[1]?.state === 'running');
    await eventually(() => pair.victim.record().at(-1)?.outcome === 'success', {
      what: 'the end of the run',
    });
    silence.clear();
    const job = await pair.jobs.ended(id);
    expect(job).toMatchObject({ state: 'succeeded', node_id: 'overtaken-victim', attempts: 2 });
    expect(job.history).toMatchObject([
      { outcome: 'ok', error: { code: 'node_lost' } },
      { outcome: 'cancelled', error: { code: 'late_success' } },
    ]);
    expect(job.outputs).toHaveLength(1);
    pair.spare.clearFaults();
    const stopped = await eventually(() => pair.spare.record().find((entry) => entry.outcome !== null), {
      what: 'the end of the superfluous run',
    });
    expect(stopped.outcome).toBe('interrupted');
  });

  it('is left alone once its job has ended otherwise', async ({ expect }) => {
    const pair = await scene.pair('ended');
    // Longer than the grace: an end that the socket tells is looked for in the history at once.
    const id = await pair.submitAndRun(300);
    const silence = pair.inject(deaf);
    await pair.jobs.until(id, (job) => job.history[0]?.state === 'closed');
    await pair.jobs.cancel(id);
    await eventually(() => pair.victim.record().at(-1)?.outcome === 'success', {
      what: 'the end of the run',
    });
    silence.clear();
    await pair.jobs.post(`/v1/nodes/${pair.spare.name}`, {}, 'DELETE');
    const other = await pair.jobs.ended(await pair.submit());
    expect(other).toMatchObject({ state: 'succeeded', node_id: 'ended-victim' });
    expect(await pair.jobs.get(id)).toMatchObject({ state: 'cancelled', outputs: [] });
  });
});
