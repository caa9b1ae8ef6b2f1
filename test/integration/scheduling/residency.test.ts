/** What may have emptied a node's memory makes the scheduler count on loading again; each time, and only then. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Deployment, type Replica } from '../../support/deployment.js';
import { decisionOf } from '../../support/decisions.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';

/** So rarely is an idle node asked that no poll meets what happens here between two of them. */
const env = { IDLE_POLL_INTERVAL_MS: '5000', NATIVE_ALLOW: '/free,/api/free' };

let deployment: Deployment;
let replica: Replica;
beforeEach(async () => {
  deployment = await Deployment.create([{ name: 'only', loadMs: 50, stepMs: 20 }]);
  replica = await deployment.start(env);
});
afterEach(async () => deployment.destroy());

/** Seconds of loading that the scheduler expected when it placed a job. */
async function expectedLoading(): Promise<number> {
  const { id, state } = await replica.jobs.ended(await replica.jobs.submit(samplingGraph()));
  expect(state).toBe('succeeded');
  return (await decisionOf(replica.url, id)).placed?.terms['switchingS'] ?? Number.NaN;
}

/** Each look warms the node again: what comes to the scheduler's ears a little later shows at the next. */
const isCountedCold = () =>
  eventually(async () => (await expectedLoading()) > 0, {
    timeoutMs: 20_000,
    intervalMs: 200,
    what: 'a placement that expects to load',
  });

describe('a node that ran a job', () => {
  beforeEach(async () => {
    const expected = [await expectedLoading(), await expectedLoading()];
    if (expected[0] === 0 || expected[1] !== 0)
      throw new Error(`not cold first and then warm: ${expected.join(', ')} s`);
  });

  it('is counted on to load again after a restart that no poll saw', async () => {
    await deployment.node('only').restart();
    await isCountedCold();
    expect(await expectedLoading(), 'after another run').toBe(0);
  });

  it('is when its source tells of another process', async () => {
    await incarnationIs('first');
    expect(await expectedLoading(), 'as long as nothing else is told').toBe(0);
    await incarnationIs('second');
    await isCountedCold();
  });

  it('is after it ran out of memory', async () => {
    deployment.node('only').inject({ kind: 'oom', times: 1 });
    const job = await replica.jobs.ended(await replica.jobs.submit(samplingGraph()));
    expect(job.history.map(({ outcome }) => outcome)).toEqual(['oom', 'ok']);
    const { placed } = await decisionOf(replica.url, job.id);
    expect(placed?.terms['switchingS']).toBeGreaterThan(0);
  });

  it('is after POST /free on the port of ComfyUI’s own API', async () => {
    const freed = await fetch(`${replica.nativeUrl}/free`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ unload_models: true }),
    });
    expect(freed.status).toBe(200);
    await isCountedCold();
  });

  it('is after a prompt of somebody else', async () => {
    const node = deployment.node('only');
    node.inject({ kind: 'foreign-prompt', steps: 40 });
    await eventually(
      () => node.record().some(({ clientId, finishedAt }) => clientId === null && finishedAt),
      {
        timeoutMs: 20_000,
        what: 'the end of the other’s prompt',
      },
    );
    await isCountedCold();
  });

  it('is not after everything else that comes and goes', async () => {
    deployment.node('only').inject({ kind: 'slow-route', path: '/prompt', delayMs: 300, times: 1 });
    expect(await expectedLoading(), 'a slow answer').toBe(0);
    const cancelled = await replica.jobs.submit(samplingGraph({ steps: 200 }));
    await replica.jobs.attemptIs(cancelled, 'running');
    await replica.jobs.cancel(cancelled);
    await replica.jobs.ended(cancelled);
    expect(await expectedLoading(), 'a cancelled run').toBe(0);
  });
});

async function incarnationIs(incarnation: string): Promise<void> {
  const { pool } = deployment.database!;
  await pool.query('UPDATE node SET incarnation = $1', [incarnation]);
  await pool.query(`NOTIFY comfymux_nodes`);
}
