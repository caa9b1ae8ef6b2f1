import { mkdirSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { outcomes, Scene } from './scene.js';

describe.concurrent('a run that fails', () => {
  let scene: Scene;
  beforeAll(
    async () =>
      (scene = await Scene.open({ ATTEMPT_SEND_TIMEOUT_MS: '20000', INVENTORY_REFRESH_MS: '600000' })),
  );
  afterAll(async () => scene.close());

  it('for lack of memory is tried on another node', async ({ expect }) => {
    const pair = await scene.pair('oom');
    pair.inject({ kind: 'oom' });
    const job = await pair.jobs.ended(await pair.submitThenRelease());
    expect(job).toMatchObject({ state: 'succeeded', node_id: 'oom-spare' });
    expect(outcomes(job)).toEqual(['oom', 'ok']);
  });

  it('for lack of memory three times fails the job with the node’s words', async ({ expect }) => {
    const pair = await scene.pair('oom3');
    await pair.withoutSpare();
    pair.inject({ kind: 'oom', times: 3 });
    const job = await pair.jobs.ended(await pair.submit());
    expect(outcomes(job)).toEqual(['oom', 'oom', 'oom']);
    expect(job).toMatchObject({
      state: 'failed',
      error: { code: 'oom', message: expect.stringContaining('out of memory') },
    });
  });

  it('for lack of memory on the one node that is left waits for the others', async ({ expect }) => {
    const pair = await scene.pair('oom-alone');
    pair.inject({ kind: 'oom', times: 100 });
    const id = await pair.submit();
    await pair.jobs.until(id, ({ state, history }) => state === 'delayed' && history.length === 2);
    await pair.release();
    const job = await pair.jobs.ended(id);
    expect(outcomes(job)).toEqual(['oom', 'oom', 'ok']);
    expect(job.node_id).toBe('oom-alone-spare');
  });

  it('of a broken GPU opens the node’s breaker; the job runs elsewhere, and a restart cures the node', async ({
    expect,
  }) => {
    const pair = await scene.pair('cuda');
    pair.inject({ kind: 'sticky-cuda' });
    const job = await pair.jobs.ended(await pair.submitThenRelease());
    expect(outcomes(job)).toEqual(['node_fault', 'ok']);
    expect(await pair.jobs.node('cuda-victim')).toMatchObject({
      breaker: 'open',
      flags: ['sick_gpu'],
      accepts_work: false,
    });
    await pair.victim.restart();
    await eventually(async () => (await pair.jobs.node('cuda-victim')).flags.length === 0, {
      what: 'the end of the flag',
    });
  });

  it('by the graph’s own fault fails the job at once, with the node’s words', async ({ expect }) => {
    const pair = await scene.pair('joberror');
    pair.inject({
      kind: 'node-error',
      classType: 'VAEDecode',
      exceptionType: 'ValueError',
      message: 'a shape that does not fit',
    });
    const job = await pair.jobs.ended(await pair.submitThenRelease());
    expect(outcomes(job)).toEqual(['job_error']);
    expect(job).toMatchObject({
      state: 'failed',
      error: { code: 'job_error', message: expect.stringContaining('a shape that does not fit') },
    });
  });

  it('because somebody interrupted it at the node runs elsewhere', async ({ expect }) => {
    const pair = await scene.pair('console');
    const id = await pair.submitAndRun();
    await fetch(`${pair.victim.url}/interrupt`, { method: 'POST' });
    await pair.release();
    const job = await pair.jobs.ended(id);
    expect(outcomes(job)).toEqual(['interrupted', 'ok']);
  });

  it('to leave a history that can be read is repeated elsewhere, and the node’s history is mended', async ({
    expect,
  }) => {
    const pair = await scene.pair('poisoned');
    pair.inject({ kind: 'poison-history' });
    const job = await pair.jobs.ended(await pair.submitThenRelease());
    expect(outcomes(job)).toEqual(['collect_error', 'ok']);
    // Finished prompts are forgotten together, a moment after they end.
    await eventually(async () => (await fetch(`${pair.victim.url}/history`)).status === 200, {
      what: 'a history that can be read',
    });
  });

  it('to hand out its files at first is collected with patience', async ({ expect }) => {
    const pair = await scene.pair('patience');
    pair.inject({ kind: 'fail-route', path: '/view', times: 2 });
    const job = await pair.jobs.ended(await pair.submit());
    expect(outcomes(job)).toEqual(['ok']);
    expect(job.outputs).toHaveLength(1);
  });

  it('to hand out its files five times is repeated elsewhere', async ({ expect }) => {
    const pair = await scene.pair('nofiles');
    pair.inject({ kind: 'fail-route', path: '/view' });
    const job = await pair.jobs.ended(await pair.submitThenRelease());
    expect(outcomes(job)).toEqual(['collect_error', 'ok']);
  });

  it('validation is not repeated, and the client reads the node’s own errors', async ({ expect }) => {
    const pair = await scene.pair('invalid');
    const graph = samplingGraph({ model: pair.model });
    (graph['5'] as { inputs: Record<string, unknown> }).inputs['cfg'] = 1_000;
    const job = await pair.jobs.ended(
      await pair.submitThenRelease(async () => pair.jobs.submitNamed('too-much', graph)),
    );
    expect(job.state).toBe('failed');
    expect(outcomes(job)).toEqual(['invalid']);
    expect(JSON.stringify(job.history[0]?.error)).toContain('value_bigger_than_max');
  });

  it('for an input that the node has lost since it was put there gets it again', async ({ expect }) => {
    const pair = await scene.pair('emptied');
    const graph = await pair.graphWithUpload();
    expect(outcomes(await pair.jobs.ended(await pair.jobs.submit(graph)))).toEqual(['ok']);
    rmSync(pair.victim.folders.of('input'), { recursive: true });
    mkdirSync(pair.victim.folders.of('input'));
    const job = await pair.jobs.ended(await pair.jobs.submit(graph));
    expect(job.state).toBe('succeeded');
    expect(outcomes(job)).toEqual(['missing_dep', 'ok']);
  });

  it('for a model that the node has lost since it was asked runs where the model is', async ({ expect }) => {
    const pair = await scene.pair('stale');
    // Not before the job is placed: other jobs of the scene have classes of this node read anew.
    const lose = () => pair.inject({ kind: 'remove-model', folder: 'unet_gguf', file: pair.model });
    const job = await pair.jobs.ended(await pair.submitThenRelease(undefined, lose));
    expect(outcomes(job)).toEqual(['missing_dep', 'ok']);
    expect(pair.prompts(job)).toMatchObject([{ node: 'stale-spare' }]);
  });
});
