import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../support/poll.js';
import { type NativeCluster, startNativeCluster } from './cluster.js';
import { type SamplingChoices, samplingGraph } from './graphs.js';
import { NativeClient } from './native-client.js';

interface Queue {
  queue_running: [number, string][];
  queue_pending: [number, string][];
}

describe('the queue', () => {
  let cluster: NativeCluster;
  let client: NativeClient;

  beforeAll(async () => {
    cluster = await startNativeCluster(
      [
        { name: 'a', models: { checkpoints: ['sd15.safetensors'] }, stepMs: 50 },
        // Tells in its own listing what it was sent: newer ones hide it there.
        { name: 'b', models: { checkpoints: ['only-b.safetensors'] }, stepMs: 50, version: '0.3.64' },
      ],
      // A node is given its next prompt at once, however long the one before it runs.
      { SCHEDULING_HAND_OVER_MS: '600000' },
    );
    client = new NativeClient(cluster.url);
  });
  afterAll(async () => {
    await client.close();
    await cluster.stop();
  });

  const [nodeA, nodeB] = [() => cluster.nodes[0]!, () => cluster.nodes[1]!];

  /** Holds the node until it is cancelled. */
  async function block(): Promise<string> {
    const promptId = await client.submit(samplingGraph({ seed: Math.random() * 1e9, steps: 2_000 }));
    await eventually(async () => (await client.json<Queue>('/queue')).queue_running.length === 1);
    return promptId;
  }

  it('runs by number, the front first, as one ComfyUI would, and lists it in that order', async () => {
    const blocker = await block();
    const submit = (seed: number, more: object = {}) =>
      client.submit(samplingGraph({ seed, steps: 1 }), more);
    // The node is given the next prompt ahead of its end, so this one is no part of the order.
    await submit(100);
    await eventually(
      async () =>
        nodeA()
          .record()
          .filter(({ finishedAt }) => finishedAt === null).length === 2,
      {
        what: 'a prompt that waits at the node',
        timeoutMs: 3_000,
      },
    ).catch(() => undefined);
    const first = await submit(101);
    const second = await submit(102);
    const late = await submit(103, { number: 1e9 });
    const front = await submit(104, { front: true });
    const frontAgain = await submit(105, { front: true });
    const early = await submit(106, { number: '-5e5' });
    const frontLast = await submit(107, { front: true });
    const latest = await submit(108, { number: 2e9 });
    const [between, alike] = [await submit(109, { number: 1.5e9 }), await submit(110, { number: 1.5e9 })];
    const expected = [early, frontLast, frontAgain, front, first, second, late, between, alike, latest];
    const { queue_pending: pending } = await client.json<Queue>('/queue');
    expect(pending.map(([, id]) => id).filter((id) => expected.includes(id))).toEqual(expected);
    const numbers = pending.filter(([, id]) => expected.includes(id)).map(([number]) => number);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    await client.post('/interrupt', { prompt_id: blocker });
    for (const id of expected) await client.finished(id);
    const { rows } = await cluster.database.pool.query<{ jobId: string; promptId: string }>(
      'SELECT job_id AS "jobId", prompt_id AS "promptId" FROM attempt WHERE job_id = ANY ($1::uuid[])',
      [expected],
    );
    const jobOf = new Map(rows.map(({ jobId, promptId }) => [promptId, jobId]));
    const ran = nodeA()
      .record()
      .toSorted((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0))
      .flatMap(({ promptId }) => jobOf.get(promptId) ?? []);
    expect(ran).toEqual(expected);
  });

  it('tells of prompts by the API in the same states, and clears those that wait and no other', async () => {
    const blocker = await block();
    const waiting = await Promise.all([200, 201, 202].map((seed) => client.submit(samplingGraph({ seed }))));
    const { jobs } = await client.json<{ jobs: { id: string; status: string }[] }>(
      '/api/jobs?status=pending',
    );
    expect(jobs.map(({ id }) => id)).toEqual(expect.arrayContaining(waiting));
    await client.post('/queue', { clear: true });
    const queue = await client.json<Queue>('/queue');
    expect([queue.queue_pending, queue.queue_running.map(([, id]) => id)]).toEqual([[], [blocker]]);
    await client.post('/interrupt', '');
    expect((await client.finished(blocker)).status.messages.at(-1)?.[0]).toBe('execution_interrupted');
  });

  it('takes a prompt whose model is on no node that answers now, tells why it waits, and runs it later', async () => {
    nodeB().exit();
    await eventually(async () => {
      const { nodes } = (await (await fetch(`${cluster.service.url}/v1/nodes`)).json()) as {
        nodes: { id: string; accepts_work: boolean }[];
      };
      return nodes.find(({ id }) => id === 'b-1')?.accepts_work === false;
    });
    const promptId = await client.submit(samplingGraph({ checkpoint: 'only-b.safetensors', steps: 1 }));
    expect((await client.json<Queue>('/queue')).queue_pending.map(([, id]) => id)).toEqual([promptId]);
    const waitingFor = await eventually(
      async () => {
        const answer = await fetch(`${cluster.service.url}/v1/jobs/${promptId}`);
        const { waiting_for } = (await answer.json()) as { waiting_for: string | null };
        return waiting_for !== 'jobs before it' && waiting_for;
      },
      { what: 'a reason to wait' },
    );
    expect(waitingFor).toBe('no node that can run it takes work now (1 known)');
    await nodeB().start();
    expect((await client.finished(promptId)).status.status_str).toBe('success');
  });

  /** A prompt that runs for two seconds, and one that waits behind it at the node. */
  async function handOver(clientId: string, seed: number): Promise<{ short: string; long: string }> {
    const submit = (more: SamplingChoices) => client.submit(samplingGraph(more), { client_id: clientId });
    const short = await submit({ seed, steps: 40 });
    const long = await submit({ seed: seed + 1, steps: 2_000 });
    await untilAtNode(2);
    return { short, long };
  }

  const untilAtNode = (count: number) =>
    eventually(
      async () =>
        nodeA()
          .record()
          .filter(({ finishedAt }) => finishedAt === null).length === count,
      { what: `${count} prompts at the node` },
    );

  it('interrupts a run whose start its client has heard of before the record knows it', async () => {
    const clientId = randomUUID();
    const frames = await client.listen(clientId);
    // One that begins before its node has answered for it is kept as begun at once.
    const { long: promptId } = await handOver(clientId, 290);
    const slow = nodeA().inject({ kind: 'slow-route', path: '/queue' });
    await frames.until(() => frames.storyOf(promptId).includes('executing 3'));
    const { queue_running: running } = await client.json<Queue>('/queue');
    expect(running.map(([, id]) => id)).not.toContain(promptId);
    await client.post('/interrupt', { prompt_id: promptId });
    slow.clear();
    await frames.untilEnd(promptId);
    expect(frames.storyOf(promptId).slice(-2)).toEqual(['execution_interrupted', 'executing null']);
    await frames.close();
  });

  it('interrupts what runs and leaves what waits, even at the node and before the record has seen the change', async () => {
    const clientId = randomUUID();
    const frames = await client.listen(clientId);
    const { short, long } = await handOver(clientId, 300);
    const slow = nodeA().inject({ kind: 'slow-route', path: '/queue' });
    await frames.until(() => frames.storyOf(long).includes('executing 3'));
    const waiting = await client.submit(samplingGraph({ seed: 302, steps: 2 }), { client_id: clientId });
    await client.post('/interrupt', '');
    slow.clear();
    for (const [id, end] of [
      [short, 'execution_success'],
      [long, 'execution_interrupted'],
      [waiting, 'execution_success'],
    ] as const) {
      await frames.untilEnd(id);
      expect(frames.storyOf(id).slice(-2)).toEqual([end, 'executing null']);
    }
    await frames.close();
  });

  it('leaves a prompt that its node has taken while another runs there', async () => {
    const clientId = randomUUID();
    const frames = await client.listen(clientId);
    const { short, long } = await handOver(clientId, 310);
    await frames.untilEnd(short);
    const { rows } = await cluster.database.pool.query<{ slot: number }>(
      'SELECT slot FROM attempt WHERE job_id = $1',
      [long],
    );
    // The place of the one before is free again, and whoever gets it waits behind this one.
    expect(rows).toEqual([{ slot: 1 }]);
    const waiting = await client.submit(samplingGraph({ seed: 312, steps: 2 }), { client_id: clientId });
    await untilAtNode(2);
    await client.post('/interrupt', '');
    await frames.untilEnd(waiting);
    expect(frames.storyOf(long).slice(-2)).toEqual(['execution_interrupted', 'executing null']);
    expect(frames.storyOf(waiting).slice(-2)).toEqual(['execution_success', 'executing null']);
    await frames.close();
  });

  it('hands credentials to the run, and neither lists nor logs nor stores them in clear', async () => {
    const secret = `comfyui-${randomUUID()}`;
    const promptId = await client.submit(
      samplingGraph({ seed: 7, steps: 400, checkpoint: 'only-b.safetensors' }),
      { extra_data: { api_key_comfy_org: secret, auth_token_comfy_org: `t-${secret}`, note: 'kept' } },
    );
    const atNode = await eventually(async () => {
      const text = await (await fetch(`${nodeB().url}/queue`)).text();
      return text.includes(secret) && text;
    });
    expect(atNode).toContain(`"api_key_comfy_org": "${secret}"`);
    expect(atNode).toContain(`"auth_token_comfy_org": "t-${secret}"`);
    for (const path of ['/queue', '/history', '/api/jobs', `/api/jobs/${promptId}`, `/history/${promptId}`])
      expect(await (await client.get(path)).text()).not.toContain(secret);
    expect(await clearTextTables(secret)).toEqual([]);
    await client.post('/interrupt', { prompt_id: promptId });
    const entry = await client.finished(promptId);
    expect(JSON.stringify(entry)).not.toContain(secret);
    expect(entry.prompt[3]).toMatchObject({ note: 'kept' });
    const job = await (await fetch(`${cluster.service.url}/v1/jobs/${promptId}`)).text();
    expect(job).not.toContain(secret);
    const left = await cluster.database.pool.query('SELECT 1 FROM job_prompt WHERE secrets IS NOT NULL');
    expect(left.rows).toEqual([]);
    expect(cluster.service.output()).not.toContain(secret);
  });

  it.each([
    ['/v1/jobs', 'graph'],
    ['/api/v2/jobs', 'workflow'],
  ])('does so for jobs of %s as well', async (path, field) => {
    const secret = `comfyui-${randomUUID()}`;
    const answer = await fetch(`${cluster.service.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        [field]: samplingGraph({ seed: 8, steps: 400, checkpoint: 'only-b.safetensors' }),
        extra_data: { api_key_comfy_org: secret },
      }),
    });
    const { id } = (await answer.json()) as { id: string };
    const atNode = await eventually(async () => {
      const text = await (await fetch(`${nodeB().url}/queue`)).text();
      return text.includes(secret) && text;
    });
    expect(atNode).toContain(`"api_key_comfy_org": "${secret}"`);
    expect(await clearTextTables(secret)).toEqual([]);
    await fetch(`${cluster.service.url}/v1/jobs/${id}/cancel`, { method: 'POST' });
    const end = async (): Promise<string> =>
      ((await (await fetch(`${cluster.service.url}/v1/jobs/${id}`)).json()) as { state: string }).state;
    await eventually(async () => (await end()) === 'cancelled');
    const left = await cluster.database.pool.query('SELECT 1 FROM job_prompt WHERE secrets IS NOT NULL');
    expect(left.rows).toEqual([]);
    expect(await client.json('/history')).not.toHaveProperty(id);
    expect(cluster.service.output()).not.toContain(secret);
  });

  /** Every table that has the text anywhere. */
  async function clearTextTables(text: string): Promise<string[]> {
    const { pool } = cluster.database;
    const { rows } = await pool.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const found: string[] = [];
    for (const { name } of rows) {
      const hits = await pool.query(
        `SELECT 1 FROM ${name} t WHERE position($1 IN t::text) > 0 OR position(encode($1::bytea, 'hex') IN t::text) > 0 LIMIT 1`,
        [text],
      );
      if (hits.rows.length > 0) found.push(name);
    }
    return found;
  }
});
