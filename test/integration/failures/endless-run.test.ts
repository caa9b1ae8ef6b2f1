import { afterAll, beforeAll, describe, it } from 'vitest';
import { eventually } from '../../support/poll.js';
import { outcomes, Scene } from './scene.js';

describe.concurrent('a run that does not end', () => {
  let scene: Scene;
  beforeAll(async () => (scene = await Scene.open({ ATTEMPT_RUN_LIMIT_MS: '1500' })));
  afterAll(async () => scene.close());

  it('but is only too long is stopped at the limit and tried once more elsewhere, then fails', async ({
    expect,
  }) => {
    const pair = await scene.pair('long');
    const id = await pair.submit({ steps: 3_000 });
    await pair.jobs.until(id, (job) => job.history[0]?.state === 'closed');
    await pair.release();
    const job = await pair.jobs.ended(id);
    expect(outcomes(job)).toEqual(['timeout', 'timeout']);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'timeout' } });
    expect(pair.runs(job).map((run) => run.outcome)).toEqual(['interrupted', 'interrupted']);
  });

  it('and is deaf to interrupts leaves its node to itself: flagged, empty of work, back when its queue is empty', async ({
    expect,
  }) => {
    const pair = await scene.pair('deaf');
    const hang = pair.inject({ kind: 'hang-sampling' });
    const id = await pair.submit();
    await pair.jobs.until(id, (job) => job.history[0]?.state === 'closed');
    expect(await pair.jobs.node('deaf-victim')).toMatchObject({ flags: ['zombie'], accepts_work: false });
    await pair.release();
    const job = await pair.jobs.ended(id);
    expect(outcomes(job)).toEqual(['timeout', 'ok']);
    hang.clear();
    await eventually(() => pair.jobs.nodesTakeWork(['deaf-victim']), {
      timeoutMs: 20_000,
      what: 'the return of the node',
    });
  });

  it('because the worker of its node died ends elsewhere', async ({ expect }) => {
    const pair = await scene.pair('zombie');
    pair.inject({ kind: 'zombie' });
    const id = await pair.submit();
    await pair.jobs.until(id, (job) => job.history[0]?.state === 'closed');
    await pair.release();
    const job = await pair.jobs.ended(id);
    expect(outcomes(job)).toEqual(['timeout', 'ok']);
    expect((await pair.jobs.node('zombie-victim')).flags).toEqual(['zombie']);
  });

  it('nor begins, behind a stranger’s prompt, is taken back and runs elsewhere; the stranger is left alone', async ({
    expect,
  }) => {
    const pair = await scene.pair('queuedbehind');
    // The stranger comes between placement and arrival: a node that is seen to work for others gets nothing.
    const post = pair.inject({ kind: 'slow-route', path: '/prompt', method: 'POST' });
    const id = await pair.submit();
    await pair.jobs.attemptIs(id, 'sending');
    pair.inject({ kind: 'foreign-prompt', steps: 400 });
    post.clear();
    await pair.jobs.attemptIs(id, 'accepted');
    await pair.release();
    const job = await pair.jobs.ended(id);
    expect(outcomes(job)).toEqual(['withdrawn', 'ok']);
    expect(pair.prompts(job).map((run) => run.outcome)).toEqual(['deleted', 'success']);
    const foreign = await eventually(
      () => pair.victim.record().find((entry) => entry.clientId === null && entry.outcome !== null),
      { timeoutMs: 20_000 },
    );
    expect(foreign.outcome).toBe('success');
  });
});
