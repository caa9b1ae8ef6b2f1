import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deployment, promptsOf } from '../../support/deployment.js';
import { samplingGraph } from '../../support/sampling-graph.js';

/** The crash table: where the process dies, the outcomes of the attempts it leads to, and the prompts that nodes accept. */
const crashes = [
  {
    at: 'attempt.sending.before_commit',
    outcomes: ['ok'],
    prompts: 1,
    why: 'the intent was never sent: its next owner sends it',
  },
  {
    at: 'attempt.sending.after_commit',
    outcomes: ['not_arrived', 'ok'],
    prompts: 1,
    why: 'the post never left: absent after the settle time',
  },
  {
    at: 'attempt.accepted.before_commit',
    outcomes: ['ok'],
    prompts: 1,
    why: 'the post landed: found at the node',
  },
  {
    at: 'attempt.collecting.after_commit',
    outcomes: ['ok'],
    prompts: 1,
    why: 'the run is over: its files are collected',
  },
  {
    at: 'attempt.settle.before_commit',
    outcomes: ['ok'],
    prompts: 1,
    why: 'the files are stored: collected again and settled once',
  },
];

describe('a kill -9 between two steps of an attempt', () => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await Deployment.create([{ name: 'only', stepMs: 10, loadMs: 1 }]);
  });
  afterAll(async () => deployment.destroy());

  it.each(crashes)('at $at: $why', async ({ at, outcomes, prompts }) => {
    const doomed = await deployment.start({ COMFYMUX_CRASH_AT: at });
    const id = await doomed.jobs.submit(samplingGraph());
    expect(await doomed.ended).toBe('SIGKILL');

    const next = await deployment.start({}, { nodesReady: false });
    const job = await next.jobs.ended(id);
    expect(job.state).toBe('succeeded');
    expect(job.history.map((attempt) => attempt.outcome)).toEqual(outcomes);
    expect(promptsOf(job, deployment.nodes)).toHaveLength(prompts);
    expect(job.outputs).toHaveLength(1);
    await next.stop();
  });
});
