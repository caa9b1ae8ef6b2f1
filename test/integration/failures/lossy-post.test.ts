import { afterAll, beforeAll, describe, it } from 'vitest';
import { eventually } from '../../support/poll.js';
import { outcomes, Scene } from './scene.js';

/** Posts time out after 1 s; an unanswered one is given up 1.5 s later. */
describe.concurrent('a post whose fate is not known', () => {
  let scene: Scene;
  beforeAll(async () => (scene = await Scene.open({ IDLE_POLL_INTERVAL_MS: '2000' })));
  afterAll(async () => scene.close());

  it('answered with 500 and never queued: given up after the settle time, run elsewhere', async ({
    expect,
  }) => {
    const pair = await scene.pair('error500');
    pair.inject({ kind: 'fail-route', path: '/prompt', method: 'POST', times: 1 });
    const id = await pair.submit();
    await pair.jobs.attemptIs(id, 'sending');
    await pair.release();
    const job = await pair.jobs.ended(id);
    expect(outcomes(job)).toEqual(['not_arrived', 'ok']);
    expect(pair.prompts(job)).toMatchObject([{ node: 'error500-spare', outcome: 'success' }]);
  });

  it('answered by a broken connection, but queued: found, and run exactly once', async ({ expect }) => {
    const pair = await scene.pair('answerlost');
    pair.inject({ kind: 'lose-answer' });
    const id = await pair.submit();
    await pair.jobs.until(id, (job) => job.attempts === 1);
    await pair.release();
    const job = await pair.jobs.ended(id);
    expect(outcomes(job)).toEqual(['ok']);
    expect(pair.prompts(job)).toMatchObject([{ node: 'answerlost-victim', outcome: 'success' }]);
  });

  it('accepted late, within the settle time: found, and run exactly once', async ({ expect }) => {
    const pair = await scene.pair('late');
    pair.inject({ kind: 'late-accept', delayMs: 1_500 });
    const id = await pair.submit();
    await pair.jobs.attemptIs(id, 'sending');
    await pair.release();
    const job = await pair.jobs.ended(id);
    expect(outcomes(job)).toEqual(['ok']);
    expect(pair.prompts(job)).toMatchObject([{ node: 'late-victim', outcome: 'success' }]);
  });

  it('accepted after it was given up: the job runs elsewhere, and the late prompt is stopped', async ({
    expect,
  }) => {
    const pair = await scene.pair('toolate');
    pair.inject({ kind: 'late-accept', delayMs: 5_000 });
    const id = await pair.submit({ steps: 300 });
    await pair.jobs.attemptIs(id, 'sending');
    await pair.release();
    const late = await eventually(() => pair.victim.record().at(-1), {
      timeoutMs: 20_000,
      what: 'the late prompt',
    });
    const ended = await eventually(
      () => pair.victim.record().find((entry) => entry.promptId === late.promptId && entry.outcome !== null),
      {
        timeoutMs: 20_000,
        what: 'the end of the late prompt',
      },
    );
    expect(ended.outcome).toMatch(/deleted|interrupted/);
    const job = await pair.jobs.ended(id);
    expect(outcomes(job)).toEqual(['not_arrived', 'ok']);
    expect(pair.runs(job).filter((run) => run.outcome === 'success')).toMatchObject([
      { node: 'toolate-spare' },
    ]);
  });

  it('left hanging and never queued: given up, run elsewhere; what the hang lets through later is stopped', async ({
    expect,
  }) => {
    const pair = await scene.pair('hung');
    const hang = pair.inject({ kind: 'slow-route', path: '/prompt', method: 'POST' });
    const id = await pair.submit({ steps: 300 });
    await pair.jobs.attemptIs(id, 'sending');
    await pair.release();
    await pair.jobs.until(id, (job) => job.history[0]?.state === 'closed');
    hang.clear();
    const job = await pair.jobs.ended(id);
    expect(outcomes(job)).toEqual(['not_arrived', 'ok']);
    expect(pair.runs(job).filter((run) => run.outcome === 'success')).toMatchObject([{ node: 'hung-spare' }]);
  });

  it('never begun, for the node died while it got the inputs: run elsewhere at once', async ({ expect }) => {
    const pair = await scene.pair('unsent');
    pair.inject({ kind: 'slow-route', path: '/upload/image' });
    const id = await pair.jobs.submit(await pair.graphWithUpload());
    await pair.jobs.attemptIs(id, 'intent');
    await pair.release();
    pair.victim.exit();
    const job = await pair.jobs.ended(id);
    expect(outcomes(job)).toEqual(['not_sent', 'ok']);
    expect(pair.prompts(job)).toMatchObject([{ node: 'unsent-spare' }]);
  });

  it('answered with 200 by a node that lies: the loss is noticed, and the job runs once, elsewhere', async ({
    expect,
  }) => {
    const pair = await scene.pair('liar');
    pair.inject({ kind: 'lie' });
    const id = await pair.submit();
    await pair.jobs.until(id, (job) => job.history[0]?.state === 'closed');
    await pair.release();
    const job = await pair.jobs.ended(id);
    expect(outcomes(job)).toEqual(['node_lost', 'ok']);
    expect(pair.runs(job)).toMatchObject([{ node: 'liar-spare', outcome: 'success' }]);
  });
});
