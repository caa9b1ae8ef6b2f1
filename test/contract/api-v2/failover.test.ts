/**
 * A replica is killed, PostgreSQL is away and a node is lost while programs wait in the SDK's `run()`, which throws at the first
 * answer that is no 2xx: every one of them gets its outputs. `npm run test:failover` does it with 50 runs.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Comfy, type Workflow } from '@comfyorg/sdk';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedDatabase, startEmbeddedDatabase } from '../../../src/platform/database/index.js';
import { createLogger } from '../../../src/platform/logging/index.js';
import { Deployment, type Replica } from '../../support/deployment.js';
import { type HttpBalancer, startHttpBalancer } from '../../support/http-balancer.js';
import { solidPng } from '../../support/pictures.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { inverted } from './graphs.js';

const runCount = Number(env['FAILOVER_RUNS'] ?? 12);
const awayMs = 4_000;

describe('run() of the official SDK', () => {
  let dataDir: string;
  let database: EmbeddedDatabase;
  let deployment: Deployment;
  let replicas: Replica[];
  let balancer: HttpBalancer;

  const startDatabase = async (): Promise<EmbeddedDatabase> =>
    startEmbeddedDatabase({ dataDir, durable: false, log: createLogger({ level: 'silent' }) });

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'comfymux-failover-'));
    database = await startDatabase();
    deployment = await Deployment.create(
      ['one', 'two', 'three'].map((name) => ({ name, stepMs: 20, loadMs: 1 })),
      database.url,
    );
    replicas = [await deployment.start(), await deployment.start()];
    balancer = await startHttpBalancer(replicas.map(({ url }) => url));
    env['COMFY_BASE_URL'] = balancer.url;
  });
  afterAll(async () => {
    await balancer.close();
    await deployment.destroy();
    await database.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const outputOf = async (client: Comfy, workflow: Workflow): Promise<{ id: string; bytes: Buffer }> => {
    const job = await client.run(workflow);
    return { id: job.id, bytes: Buffer.from((await job.outputs[0]?.toBytes()) ?? []) };
  };
  const run = async (): Promise<{ id: string; bytes: Buffer }> => {
    const client = new Comfy();
    return outputOf(client, client.workflows.fromJson(samplingGraph({ steps: 20 })));
  };
  /** Uploads a picture of its own first. */
  const runWithPicture = async (_: unknown, index: number): Promise<{ id: string; bytes: Buffer }> => {
    const client = new Comfy();
    const workflow = client.workflows.fromJson(inverted(''));
    const bytes = solidPng([index, 0, 0], { width: 64 });
    workflow.setInput(
      '1',
      'image',
      client.assets.fromBytes(bytes, { filename: `${index}.png`, contentType: 'image/png' }),
    );
    return outputOf(client, workflow);
  };
  const listed = async (): Promise<string[]> => {
    const answer = await fetch(`${replicas[1]?.url}/api/v2/jobs?limit=100`);
    return ((await answer.json()) as { jobs: { id: string }[] }).jobs.map(({ id }) => id);
  };

  it(
    'survives the death of a replica, of a node, and PostgreSQL’s absence, also while it uploads and submits',
    { timeout: 300_000 },
    async () => {
      const early = Math.ceil(runCount / 2);
      const first = Promise.allSettled(Array.from({ length: early }, run));
      // A submit that is under way when its replica dies is lost to its caller; what was answered is not.
      await eventually(async () => (await listed()).length === early, { timeoutMs: 60_000, what: 'submits' });
      await replicas[0]?.kill();
      deployment.node('three').exit();
      await database.stop();
      const withPicture = Math.floor((runCount - early) / 2);
      const second = Promise.allSettled([
        ...Array.from({ length: runCount - early - withPicture }, run),
        ...Array.from({ length: withPicture }, runWithPicture),
      ]);
      await sleep(awayMs);
      database = await startDatabase();
      const ends = [...(await first), ...(await second)];
      expect(ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []))).toEqual([]);
      const done = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
      expect(new Set(done.map(({ id }) => id)).size).toBe(runCount);
      for (const { bytes } of done) expect(PNG.sync.read(bytes).width).toBe(64);
      expect((await listed()).toSorted()).toEqual(done.map(({ id }) => id).toSorted());
      console.log(
        `${runCount} of ${runCount} runs returned; the balancer repeated ${balancer.repeated()} requests`,
      );
    },
  );
});
