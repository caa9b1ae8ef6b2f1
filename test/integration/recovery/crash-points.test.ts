import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CrashPoint, crashPoints } from '../../../src/platform/crash-points/index.js';
import { Deployment, promptsOf, type Replica } from '../../support/deployment.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph, twiceSampled } from '../../support/sampling-graph.js';

interface Reached {
  doomed: Replica;
  id: string;
  /** What the next replica must have done before the node goes on. */
  recovered?: (next: Replica) => Promise<void>;
}

interface Crash {
  at: CrashPoint;
  why: string;
  /** Outcomes of the attempts that it leads to. */
  outcomes: string[];
  /** What the node says of the prompts that it accepted. */
  prompts: string[];
  state?: string;
  /** Brings an armed replica to the point. Default: a submit. */
  reach?: (arm: (env?: Record<string, string>) => Promise<Replica>) => Promise<Reached>;
}

describe('a kill -9 at a named point', () => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await Deployment.create([{ name: 'only', stepMs: 10, loadMs: 1 }]);
  });
  afterEach(async () => deployment.killAll());
  afterAll(async () => deployment.destroy());

  const node = () => deployment.node('only');

  /** As a client does who names the request, and repeats it at whoever serves next. */
  const submitNamed = async (
    { url }: { url: string },
    key: string,
    graph: object,
  ): Promise<string | undefined> => {
    try {
      const answer = await fetch(`${url}/v1/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify({ graph }),
      });
      return ((await answer.json()) as { id: string }).id;
    } catch {
      return undefined;
    }
  };

  type Arm = (env?: Record<string, string>) => Promise<Replica>;

  const submitted = async (arm: Arm): Promise<Reached> => {
    const doomed = await arm();
    return { doomed, id: await doomed.jobs.submit(samplingGraph()) };
  };

  const unanswered = async (arm: Arm, key: string): Promise<Reached> => {
    const doomed = await arm();
    const graph = samplingGraph();
    expect(await submitNamed(doomed, key, graph)).toBeUndefined();
    await doomed.ended;
    const next = await deployment.start({}, { nodesReady: false });
    const id = await submitNamed(next, key, graph);
    await next.stop();
    return { doomed, id: id ?? '' };
  };

  const cancelled = async (arm: Arm): Promise<Reached> => {
    const doomed = await arm();
    const id = await doomed.jobs.submit(samplingGraph({ steps: 2_000 }));
    await doomed.jobs.attemptIs(id, 'running');
    await doomed.jobs.cancel(id).catch(() => undefined);
    return { doomed, id };
  };

  /** Another replica's work, which the armed one is left with. */
  const orphaned = async (arm: Arm): Promise<Reached> => {
    const other = await deployment.start();
    const id = await other.jobs.submit(samplingGraph());
    // However long the armed one takes to start, there is a run to be left with.
    const hang = node().inject({ kind: 'hang-sampling' });
    await other.jobs.attemptIs(id, 'running');
    const doomed = await arm();
    await other.kill();
    hang.clear();
    return { doomed, id };
  };

  /** Its node fails every look until the run is given up, and shows the result then. It is drained: a retry could end before that is found. */
  const givenUp = async (arm: Arm): Promise<Reached> => {
    const doomed = await arm();
    // Longer than the grace: an end that the socket tells is looked for in the history at once.
    const id = await doomed.jobs.submit(samplingGraph({ steps: 600 }));
    await doomed.jobs.attemptIs(id, 'running');
    await doomed.jobs.post('/v1/nodes/only/drain', {});
    const deaf = node().inject({ kind: 'fail-route', path: '/queue', method: 'GET' });
    await doomed.jobs.until(id, (job) => job.history[0]?.state === 'closed');
    // Six seconds of steps, each of which a busy machine lengthens.
    await eventually(() => node().record().at(-1)?.outcome === 'success', {
      timeoutMs: 40_000,
      what: 'the end of the run',
    });
    deaf.clear();
    const recovered = async (next: Replica): Promise<void> => {
      await next.jobs.until(id, ({ state }) => state === 'succeeded');
      await next.jobs.post('/v1/nodes/only/undrain', {});
    };
    return { doomed, id, recovered };
  };

  /** Posted behind a run that then hangs, and wanted back. */
  const takenBack = async (arm: Arm): Promise<Reached> => {
    const doomed = await arm({ SCHEDULING_OVERSHOOT_MS: '1000' });
    const before = await doomed.jobs.submit(twiceSampled(400, 10));
    await doomed.jobs.until(before, ({ progress }) => (progress ?? 0) > 0);
    const hang = node().inject({ kind: 'hang-sampling' });
    const id = await doomed.jobs.submit(samplingGraph());
    const recovered = async (next: Replica): Promise<void> => {
      await next.jobs.until(id, (job) => job.history[0]?.state === 'closed');
      hang.clear();
    };
    return { doomed, id, recovered };
  };

  const ran = { outcomes: ['ok'], prompts: ['success'] };
  const late = { ...ran, reach: givenUp };
  const crashes: Crash[] = [
    {
      at: 'job.submit.before_commit',
      why: 'nothing was taken: the repetition makes the job',
      ...ran,
      reach: async (arm) => unanswered(arm, 'before'),
    },
    {
      at: 'job.submit.after_commit',
      why: 'the job is there: the repetition finds it',
      ...ran,
      reach: async (arm) => unanswered(arm, 'after'),
    },
    {
      at: 'job.cancel.after_commit',
      why: 'the wish is in the record: the next owner stops the run',
      outcomes: ['cancelled'],
      prompts: ['interrupted'],
      state: 'cancelled',
      reach: cancelled,
    },
    { at: 'attempt.intent.before_commit', why: 'nothing was placed', ...ran },
    { at: 'attempt.intent.after_commit', why: 'nobody was told: the next owner sends it', ...ran },
    {
      at: 'attempt.sending.before_commit',
      why: 'the intent was never sent: its next owner sends it',
      ...ran,
    },
    {
      at: 'attempt.sending.after_commit',
      why: 'the post never left: absent after the settle time',
      outcomes: ['not_arrived', 'ok'],
      prompts: ['success'],
    },
    { at: 'attempt.accepted.before_commit', why: 'the post landed: found at the node', ...ran },
    { at: 'attempt.accepted.after_commit', why: 'it is at the node: followed there', ...ran },
    {
      at: 'attempt.withdraw.after_commit',
      why: 'its owner was not told that it is wanted back: the next one reads it',
      outcomes: ['withdrawn', 'ok'],
      prompts: ['deleted', 'success'],
      reach: takenBack,
    },
    {
      at: 'attempt.stop.after_request',
      why: 'it was removed from the queue, and the record does not know: absent, and taken back',
      outcomes: ['withdrawn', 'ok'],
      prompts: ['deleted', 'success'],
      reach: takenBack,
    },
    { at: 'attempt.running.after_commit', why: 'it runs: followed to its end', ...ran },
    { at: 'attempt.collecting.after_commit', why: 'the run is over: its files are collected', ...ran },
    {
      at: 'attempt.settle.before_commit',
      why: 'the files are stored: collected again and settled once',
      ...ran,
    },
    { at: 'attempt.settle.after_commit', why: 'the job has ended, and nobody was told', ...ran },
    { at: 'attempt.takeover.before_commit', why: 'the orphan is still one', ...ran, reach: orphaned },
    {
      at: 'attempt.takeover.after_commit',
      why: 'the heir died: the next one inherits',
      ...ran,
      reach: orphaned,
    },
    { at: 'attempt.late.before_commit', why: 'the late result is found again', ...late },
    { at: 'attempt.late.after_commit', why: 'the late result is in the record', ...late },
  ];

  it('is tried at each of them', () => {
    expect(crashes.map(({ at }) => at)).toEqual([...crashPoints]);
  });

  it.each(crashes)('$at: $why', async ({ at, outcomes, prompts, state = 'succeeded', reach = submitted }) => {
    const { doomed, id, recovered } = await reach(async (env) =>
      deployment.start({ COMFYMUX_CRASH_AT: at, ...env }),
    );
    expect(await doomed.ended).toBe('SIGKILL');

    const next = await deployment.start({}, { nodesReady: false });
    await recovered?.(next);
    const job = await next.jobs.ended(id);
    expect(job.state).toBe(state);
    expect(
      job.history.map((attempt) => attempt.outcome),
      JSON.stringify(job.history),
    ).toEqual(outcomes);
    expect(promptsOf(job, deployment.nodes).map(({ outcome }) => outcome)).toEqual(prompts);
    expect(job.outputs).toHaveLength(state === 'succeeded' ? 1 : 0);
    await next.stop();
  });
});
