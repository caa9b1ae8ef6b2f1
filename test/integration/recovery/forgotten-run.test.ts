/** Runs that ended while no replica lived, and what their nodes remember of them when the next one asks. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Deployment, promptsOf, type Replica } from '../../support/deployment.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';

let deployment: Deployment;

beforeAll(async () => {
  const node = { stepMs: 10, loadMs: 1 };
  deployment = await Deployment.create([
    { name: 'forgets', ...node },
    { name: 'remembers', ...node },
  ]);
});
afterAll(async () => deployment.destroy());

/** Jobs on both nodes that were accepted, and ended when nobody followed them. */
async function unseenRuns(): Promise<string[]> {
  const doomed = await deployment.start({ COMFYMUX_CRASH_AT: 'attempt.accepted.after_commit:2' });
  const ids = await Promise.all(['1', '2'].map(async () => doomed.jobs.submit(samplingGraph({ steps: 50 }))));
  expect(await doomed.ended).toBe('SIGKILL');
  await eventually(() => deployment.nodes.every((node) => node.record().at(-1)?.outcome === 'success'), {
    timeoutMs: 40_000,
    what: 'the ends of the runs',
  });
  return ids;
}

/** What the next replica made of it: the outcomes of the job that went to this node first, and what its prompts came to. */
async function endOf(next: Replica, ids: readonly string[], node: string) {
  const jobs = await Promise.all(ids.map(async (id) => next.jobs.ended(id)));
  const job = jobs.find(({ history }) => history[0]?.node_id === node)!;
  return {
    state: job.state,
    outcomes: job.history.map(({ outcome }) => outcome),
    runs: promptsOf(job, deployment.nodes).map(({ outcome }) => outcome),
  };
}

it('are collected where they are remembered, and lost, not taken back, where nobody asked for that', async () => {
  const ids = await unseenRuns();
  deployment.node('forgets').inject({ kind: 'clear-history' });
  // By the record both wait too long by now, and one is wanted back besides.
  await deployment.database?.pool.query(
    `UPDATE attempt SET accepted_at = now() - interval '1 day', running_at = NULL, state = 'accepted', withdraw_requested = (node_id = 'remembers')`,
  );
  const next = await deployment.start({}, { nodesReady: false });
  expect(await endOf(next, ids, 'remembers')).toEqual({
    state: 'succeeded',
    outcomes: ['ok'],
    runs: ['success'],
  });
  expect(await endOf(next, ids, 'forgets')).toEqual({
    state: 'succeeded',
    outcomes: ['node_lost', 'ok'],
    runs: ['success', 'success'],
  });
});
