import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { attemptStates, isTerminal, jobStates } from '../../../src/modules/jobs/domain/states.js';
import type { SimulatedNode } from '../../../src/programs/simulator/index.js';
import { Deployment, promptsOf, type Replica } from '../../support/deployment.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { uploadPicture } from '../../support/upload-picture.js';

const runOf = (steps: number): object => samplingGraph({ steps });
const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();

describe('the end that a client wants', () => {
  let deployment: Deployment;
  let service: Replica;
  let node: SimulatedNode;

  beforeAll(async () => {
    deployment = await Deployment.create([{ name: 'only', stepMs: 20, loadMs: 1 }]);
    // The post that is held back must not be given up meanwhile.
    service = await deployment.start({ ATTEMPT_SEND_TIMEOUT_MS: '10000' });
    node = deployment.node('only');
  });
  afterEach(() => node.clearFaults());
  afterAll(async () => deployment.destroy());

  const outcomesOf = async (id: string): Promise<(string | null)[]> =>
    promptsOf(await service.jobs.get(id), deployment.nodes).map((run) => run.outcome);

  /** Brings a job into the state; `release` lets the node go on. */
  const reach: Record<string, () => Promise<{ id: string; release: () => void }>> = {
    queued: async () => {
      const busy = await service.jobs.submit(runOf(10_000));
      await service.jobs.attemptIs(busy, 'running');
      return { id: await service.jobs.submit(runOf(1)), release: () => void service.jobs.cancel(busy) };
    },
    delayed: async () => {
      const id = await service.jobs.submit(runOf(1_000));
      await service.jobs.attemptIs(id, 'running');
      await node.restart();
      await service.jobs.until(id, (job) => job.state === 'delayed');
      return { id, release: () => undefined };
    },
    intent: async () => {
      const upload = node.inject({ kind: 'slow-route', path: '/upload/image' });
      const id = await service.jobs.submit(await graphWithUpload(service));
      await service.jobs.attemptIs(id, 'intent');
      return { id, release: () => upload.clear() };
    },
    sending: async () => {
      const post = node.inject({ kind: 'slow-route', path: '/prompt', method: 'POST' });
      const id = await service.jobs.submit(runOf(1_000));
      await service.jobs.attemptIs(id, 'sending');
      return { id, release: () => post.clear() };
    },
    accepted: async () => {
      // The stranger comes while the post is under way: a node that is known to be his gets nothing.
      const post = node.inject({ kind: 'slow-route', path: '/prompt', method: 'POST' });
      const id = await service.jobs.submit(runOf(1));
      await service.jobs.attemptIs(id, 'sending');
      node.inject({ kind: 'foreign-prompt', steps: 60 });
      post.clear();
      await service.jobs.attemptIs(id, 'accepted');
      return { id, release: () => undefined };
    },
    running: async () => {
      const id = await service.jobs.submit(runOf(1_000));
      await service.jobs.attemptIs(id, 'running');
      return { id, release: () => undefined };
    },
    collecting: async () => {
      const view = node.inject({ kind: 'slow-route', path: '/view' });
      const id = await service.jobs.submit(runOf(1));
      await service.jobs.attemptIs(id, 'collecting');
      return { id, release: () => view.clear() };
    },
  };
  const wishes = {
    cancelled: async (id: string) => void (await service.jobs.cancel(id)),
    expired: async (id: string) =>
      void (await deployment.database?.pool.query('UPDATE job SET deadline = now() WHERE id = $1', [id])),
  };

  it('is tried in every state that is not an end', () => {
    const open = [...jobStates.filter((state) => !isTerminal(state) && state !== 'active'), ...attemptStates];
    expect(Object.keys(reach).toSorted()).toEqual(open.filter((state) => state !== 'closed').toSorted());
  });

  const table = [
    ['queued', [], []],
    ['delayed', ['node_lost'], ['lost']],
    ['intent', ['cancelled'], []],
    // The prompt that lands is either still waiting there or already running.
    ['sending', ['cancelled'], [expect.stringMatching(/^(interrupted|deleted)$/)]],
    ['accepted', ['cancelled'], ['deleted']],
    ['running', ['cancelled'], ['interrupted']],
  ] as const;
  describe.each(['cancelled', 'expired'] as const)('makes it %s', (end) => {
    it.each(table)('when it is %s', async (state, attempts, prompts) => {
      const { id, release } = await reach[state]!();
      await wishes[end](id);
      await service.jobs.until(id, (job) => job.cancel_requested);
      release();
      const job = await service.jobs.ended(id);
      expect(job).toMatchObject({ state: end, outputs: [] });
      expect(job.error?.code).toBe(end === 'expired' ? 'deadline' : undefined);
      expect(job.history.map(({ outcome }) => outcome)).toEqual(attempts);
      await eventually(async () => (await outcomesOf(id)).every((outcome) => outcome !== null));
      expect(await outcomesOf(id)).toEqual(prompts);
    });

    it('not when it is collecting: the run is over, and its success stands', async () => {
      const { id, release } = await reach['collecting']!();
      await wishes[end](id);
      await service.jobs.until(id, (job) => job.cancel_requested);
      release();
      const job = await service.jobs.ended(id);
      expect(job).toMatchObject({ state: 'succeeded', error: null, history: [{ outcome: 'ok' }] });
      expect(job.outputs).toHaveLength(1);
    });
  });

  it('leaves a stranger’s run alone that a cancelled prompt waited for', async () => {
    const { id } = await reach['accepted']!();
    await service.jobs.cancel(id);
    await service.jobs.ended(id);
    const foreign = await eventually(() =>
      node.record().findLast((entry) => entry.clientId === null && entry.outcome !== null),
    );
    expect(foreign.outcome).toBe('success');
  });

  it('comes although the node loses the first interrupts', async () => {
    node.inject({ kind: 'lose-interrupt', times: 2 });
    const id = await service.jobs.submit(runOf(1_000));
    await service.jobs.attemptIs(id, 'running');
    await service.jobs.cancel(id);
    expect(await service.jobs.ended(id)).toMatchObject({ state: 'cancelled' });
  });

  it('comes too late to a run that has succeeded: the success stands', async () => {
    const held = node.inject({ kind: 'slow-route', path: '/history', method: 'GET' });
    const id = await service.jobs.submit(runOf(1));
    await eventually(async () => (await outcomesOf(id)).includes('success'));
    await service.jobs.cancel(id);
    held.clear();
    expect(await service.jobs.ended(id)).toMatchObject({
      state: 'succeeded',
      cancel_requested: true,
      history: [{ outcome: 'ok' }],
    });
  });

  it('changes nothing about a job that has ended, however it did', async () => {
    const endings = {
      succeeded: async () => service.jobs.submit(runOf(1)),
      failed: async () => {
        node.inject({ kind: 'node-error', times: 1 });
        return service.jobs.submit(runOf(1));
      },
      cancelled: async () => {
        const { id } = await reach['running']!();
        await service.jobs.cancel(id);
        return id;
      },
      expired: async () => service.jobs.submit(runOf(1_000), { deadline: inSeconds(1) }),
    };
    expect(Object.keys(endings)).toEqual(jobStates.filter(isTerminal));
    for (const [state, end] of Object.entries(endings)) {
      const id = await end();
      const before = await service.jobs.ended(id);
      expect(before.state).toBe(state);
      expect(await service.jobs.cancel(id)).toBe(state);
      expect(await service.jobs.get(id)).toEqual(before);
    }
  });

  it('is kept when it meets a retry: the job is cancelled, not queued for ever', async () => {
    const id = await service.jobs.submit(runOf(1_000));
    await service.jobs.attemptIs(id, 'running');
    // As a cancel whose order has not reached the owner yet when the run breaks off.
    await deployment.database?.pool.query('UPDATE job SET cancel_requested = TRUE WHERE id = $1', [id]);
    await fetch(`${node.url}/interrupt`, { method: 'POST' });
    expect(await service.jobs.ended(id)).toMatchObject({ state: 'cancelled' });
  });
});

async function graphWithUpload(service: Replica): Promise<object> {
  return {
    1: { class_type: 'LoadImage', inputs: { image: await uploadPicture(service.url) } },
    2: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'copy' } },
  };
}
