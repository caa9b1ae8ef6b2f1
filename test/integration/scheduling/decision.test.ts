/** What people are told of a decision: each reason to wait, the terms of a placement, when a job will run. */
import { defaultOptions } from '../../../src/modules/scheduling/index.js';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InjectedFault } from '../../../src/programs/simulator/index.js';
import { type Decision, decisionOf } from '../../support/decisions.js';
import { Deployment, type Replica } from '../../support/deployment.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { call, uploadedPicture, workflow } from '../../support/v1.js';

describe('GET /v1/jobs/{id}/decision', () => {
  let deployment: Deployment;
  let leader: Replica;
  let follower: Replica;
  let workflows: string;
  let hangs: InjectedFault[];

  beforeAll(async () => {
    workflows = await workflowsWithLimit();
    deployment = await Deployment.create(['one', 'two'].map((name) => ({ name, loadMs: 1, stepMs: 20 })));
    leader = await deployment.start({ WORKFLOWS_DIR: workflows });
    follower = await deployment.start({ WORKFLOWS_DIR: workflows });
  });
  afterAll(async () => {
    await deployment?.destroy();
    await rm(workflows, { recursive: true, force: true });
  });

  const hold = (): void =>
    void (hangs = deployment.nodes.map((node) => node.inject({ kind: 'hang-sampling' })));
  const release = (): void => hangs.forEach((hang) => hang.clear());

  /** Told alike on both replicas. */
  async function waitingOn(id: string, kind: string): Promise<Decision> {
    for (const { url } of [leader, follower])
      await eventually(async () => (await decisionOf(url, id)).waiting?.kind === kind, {
        timeoutMs: 20_000,
        what: `${kind} as the reason`,
      }).catch(async (cause: unknown) => {
        throw new Error(JSON.stringify(await decisionOf(url, id)), { cause });
      });
    return decisionOf(leader.url, id);
  }

  async function ends(...ids: string[]): Promise<void> {
    for (const id of ids) expect(await leader.jobs.ended(id)).toMatchObject({ state: 'succeeded' });
  }

  it('tells of a placed job its node, every term, and the runner-up', async () => {
    const id = await leader.jobs.submit(samplingGraph());
    await ends(id);
    const { placed, waiting } = await decisionOf(follower.url, id);
    expect(waiting).toBeNull();
    expect(Object.keys(placed!.terms).toSorted()).toEqual([
      'evictionS',
      'executionS',
      'hazardS',
      'loraS',
      'occupationS',
      'remainingS',
      'switchingS',
      'uploadS',
    ]);
    const sum = Object.values(placed!.terms).reduce((total, term) => total + term, 0);
    const uncounted = (1 - defaultOptions.runWeight) * placed!.terms['executionS']!;
    expect(placed!.cost_s).toBeCloseTo(sum - uncounted);
    expect(placed!.runners_up).toHaveLength(1);
    expect(placed!.runners_up[0]!.cost_s).toBeGreaterThanOrEqual(placed!.cost_s);
  });

  it('names the model that no node has', async () => {
    const id = await leader.jobs.submitNamed('unheard-of', samplingGraph({ model: 'unheard-of.gguf' }));
    const { waiting, eta } = await waitingOn(id, 'no-feasible-node');
    expect(waiting!.reason).toBe('no node has model unheard-of.gguf');
    expect(eta).toBeNull();
    await leader.jobs.cancel(id);
  });

  it('tells when all nodes are busy, the place in the queue, and when each job will start and end', async () => {
    hold();
    const running = [await leader.jobs.submit(samplingGraph()), await leader.jobs.submit(samplingGraph())];
    for (const id of running) await leader.jobs.attemptIs(id, 'running');
    const first = await leader.jobs.submit(samplingGraph());
    const second = await leader.jobs.submit(samplingGraph());
    const one = await waitingOn(first, 'all-busy');
    const two = await waitingOn(second, 'all-busy');
    expect(one.waiting!.reason).toMatch(
      /^all 2 nodes that can run it are busy, the next for about \d+ (s|min)$/,
    );
    expect([one.queue_position, two.queue_position]).toEqual([1, 2]);
    for (const { eta } of [one, two]) {
      expect(Date.parse(eta!.start)).toBeLessThanOrEqual(Date.parse(eta!.end));
      expect(Date.parse(eta!.end)).toBeLessThanOrEqual(Date.parse(eta!.end_p90));
    }
    const body = await call<Decision>(`${follower.url}/v1/jobs/${second}`);
    expect(body.body).toMatchObject({ queue_position: 2, eta: { start: expect.any(String) } });
    expect((await call<Decision>(`${leader.url}/v1/jobs/${running[0]}`)).body.eta).toMatchObject({
      end_p90: expect.any(String),
    });
    release();
    await ends(...running, first, second);
    expect((await leader.jobs.get(first)) as object).toMatchObject({ queue_position: null, eta: null });
  });

  it('tells of a tenant at its limit, which is never passed', async () => {
    await call(`${leader.url}/v1/tenants/narrow`, 'PUT', { max_active: 1 });
    await eventually(async () => (await call(`${follower.url}/v1/tenants/narrow`)).status === 200);
    hold();
    const first = await leader.jobs.submit(samplingGraph(), { tenant: 'narrow' });
    await leader.jobs.attemptIs(first, 'running');
    const second = await leader.jobs.submit(samplingGraph(), { tenant: 'narrow' });
    const { waiting } = await waitingOn(second, 'tenant-limit');
    expect(waiting!.reason).toBe('the tenant runs 1 of 1 allowed jobs');
    const other = await leader.jobs.submit(samplingGraph());
    await leader.jobs.attemptIs(other, 'running');
    release();
    await ends(first, second, other);
  });

  it('tells of a workflow at its limit', async () => {
    hold();
    const image = await uploadedPicture(leader.url, 'limited.png');
    const order = { workflow, inputs: { image, prompt: 'a lake' } };
    const ids: string[] = [];
    for (let at = 0; at < 2; at += 1) {
      const { status, body } = await call<{ id: string }>(`${leader.url}/v1/jobs`, 'POST', order);
      expect(status, JSON.stringify(body)).toBe(202);
      ids.push(body.id);
    }
    const [first = '', second = ''] = ids;
    await leader.jobs.attemptIs(first, 'running');
    const { waiting } = await waitingOn(second, 'workflow-limit');
    expect(waiting!.reason).toBe('the workflow runs 1 of 1 allowed jobs');
    release();
    await ends(...ids);
  });

  it('tells that the nodes that could run it take no work', async () => {
    for (const name of ['one', 'two']) await leader.jobs.post(`/v1/nodes/${name}/drain`, {});
    const id = await leader.jobs.submit(samplingGraph());
    const { waiting } = await waitingOn(id, 'no-node-accepts');
    expect(waiting!.reason).toBe('no node that can run it takes work now (2 known)');
    for (const name of ['one', 'two']) await leader.jobs.post(`/v1/nodes/${name}/undrain`, {});
    await ends(id);
  });

  it('does not know a job that nobody submitted', async () => {
    const unknown = '01890000-0000-7000-8000-000000000000';
    expect(await call(`${leader.url}/v1/jobs/${unknown}/decision`)).toMatchObject({ status: 404 });
  });
});

/** The workflow of the repository, one job at a time. */
async function workflowsWithLimit(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'comfymux-workflows-'));
  const source = new URL('../../../workflows/', import.meta.url);
  const manifest = JSON.parse(await readFile(new URL(`${workflow}.manifest.json`, source), 'utf8')) as object;
  await writeFile(
    join(directory, `${workflow}.manifest.json`),
    JSON.stringify({ ...manifest, limits: { maxActive: 1 } }),
  );
  await writeFile(join(directory, `${workflow}.json`), await readFile(new URL(`${workflow}.json`, source)));
  return directory;
}
