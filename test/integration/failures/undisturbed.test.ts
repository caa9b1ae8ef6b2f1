import { afterAll, beforeAll, describe, it } from 'vitest';
import { eventually } from '../../support/poll.js';
import { outcomes, Scene } from './scene.js';

describe.concurrent('a node in trouble that keeps its work', () => {
  let scene: Scene;
  beforeAll(async () => (scene = await Scene.open()));
  afterAll(async () => scene.close());

  it('and drops every connection: the job goes on, polls find its end', async ({ expect }) => {
    const pair = await scene.pair('dropped');
    const id = await pair.submitAndRun();
    pair.inject({ kind: 'drop-sockets' });
    const job = await pair.jobs.ended(id);
    expect(outcomes(job)).toEqual(['ok']);
  });

  it('and sends no events: polls find the end', async ({ expect }) => {
    const pair = await scene.pair('mute');
    pair.inject({ kind: 'stall-events' });
    const job = await pair.jobs.ended(await pair.submit());
    expect(outcomes(job)).toEqual(['ok']);
  });

  it('and is out of reach for less than the grace time: the job goes on', async ({ expect }) => {
    const pair = await scene.pair('away');
    const id = await pair.submitAndRun();
    pair.inject({ kind: 'stop-accepting', forMs: 1_200 });
    pair.inject({ kind: 'drop-sockets' });
    const job = await pair.jobs.ended(id);
    expect(outcomes(job)).toEqual(['ok']);
  });

  it('and whose queue holds a stranger’s prompt: ours waits its turn, and the stranger’s is left alone', async ({
    expect,
  }) => {
    const pair = await scene.pair('shared');
    const post = pair.inject({ kind: 'slow-route', path: '/prompt', method: 'POST' });
    const id = await pair.submit();
    await pair.jobs.attemptIs(id, 'sending');
    pair.inject({ kind: 'foreign-prompt', steps: 50 });
    post.clear();
    await pair.jobs.attemptIs(id, 'accepted');
    const job = await pair.jobs.ended(id);
    expect(outcomes(job)).toEqual(['ok']);
    expect(pair.victim.record().map((entry) => entry.outcome)).toEqual(['success', 'success']);
  });

  it(
    'and answers nothing at all: given up after the grace time, and what it still runs is stopped when it is back',
    { timeout: 120_000 },
    async ({ expect }) => {
      const pair = await scene.pair('silent');
      const hang = pair.inject({ kind: 'hang-sampling' });
      const id = await pair.submitAndRun();
      const silence = pair.inject({ kind: 'slow-route', path: '/' });
      await pair.release();
      const job = await pair.jobs.ended(id, 100_000);
      expect(outcomes(job)).toEqual(['node_lost', 'ok']);
      expect(job.history[0]?.error?.message).toContain('could not be reached');
      silence.clear();
      await eventually(() => pair.jobs.nodesTakeWork([pair.victim.name]), {
        timeoutMs: 20_000,
        what: 'the return of the node',
      });
      hang.clear();
      const [left] = pair.runs(job);
      const ended = await eventually(
        () =>
          pair.victim.record().find((entry) => entry.promptId === left?.promptId && entry.outcome !== null),
        { timeoutMs: 20_000 },
      );
      expect(ended.outcome).toBe('interrupted');
    },
  );
});
