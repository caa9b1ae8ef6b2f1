import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedDatabase, startEmbeddedDatabase } from '../../../src/platform/database/index.js';
import { createLogger } from '../../../src/platform/logging/index.js';
import { Deployment, promptsOf, type Replica } from '../../support/deployment.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';

describe('a database that goes away', () => {
  let dataDir: string;
  let database: EmbeddedDatabase;
  let deployment: Deployment;
  let service: Replica;

  const startDatabase = async (): Promise<EmbeddedDatabase> =>
    startEmbeddedDatabase({ dataDir, durable: false, log: createLogger({ level: 'silent' }) });

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'comfymux-away-'));
    database = await startDatabase();
    const node = { stepMs: 20, loadMs: 1 };
    deployment = await Deployment.create(
      [
        { name: 'one', ...node },
        { name: 'two', ...node },
      ],
      database.url,
    );
    service = await deployment.start();
  });
  afterAll(async () => {
    await deployment.destroy();
    await database.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const submitMany = async (count: number, steps: number): Promise<string[]> =>
    Promise.all(Array.from({ length: count }, async () => service.jobs.submit(samplingGraph({ steps }))));

  async function expectEachRanOnce(ids: string[]): Promise<void> {
    for (const id of ids) {
      const job = await service.jobs.ended(id);
      expect(job.state).toBe('succeeded');
      // A prompt that waits behind a run whose end is not heard of is taken back before it begins.
      expect(job.history.filter(({ outcome }) => outcome !== 'withdrawn')).toMatchObject([{ outcome: 'ok' }]);
      const prompts = promptsOf(job, deployment.nodes).filter(({ outcome }) => outcome !== 'deleted');
      expect(prompts).toMatchObject([{ outcome: 'success' }]);
    }
  }

  it('connection by connection under load costs no job and no second run', async () => {
    const ids = await submitMany(12, 20);
    const { default: pg } = await import('pg');
    const administrator = new pg.Client({ connectionString: database.url });
    await administrator.connect();
    let cut = 0;
    for (let round = 0; round < 4; round += 1) {
      const { rowCount } = await administrator.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'comfymux%'`,
      );
      cut += rowCount ?? 0;
      const done = deployment.nodes
        .flatMap((node) => node.record())
        .filter((entry) => entry.outcome !== null).length;
      await eventually(
        () =>
          deployment.nodes.flatMap((node) => node.record()).filter((entry) => entry.outcome !== null).length >
          done,
        { timeoutMs: 20_000 },
      );
    }
    await administrator.end();
    expect(cut).toBeGreaterThan(4);
    await expectEachRanOnce(ids);
  });

  it('for seconds leaves the GPUs at work; submits are told so and when to come back; then all goes on by itself', async () => {
    const ids = await submitMany(5, 150);
    for (const id of ids.slice(0, 2)) await service.jobs.until(id, (job) => job.state !== 'queued');
    await eventually(() => deployment.nodes.every((node) => node.record().at(-1)?.startedAt), {
      what: 'two runs',
    });
    await database.stop();

    const refused = await service.jobs.post('/v1/jobs', { graph: samplingGraph() });
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: 'database_unavailable' });
    expect((await fetch(`${service.url}/livez`)).status).toBe(200);
    expect((await fetch(`${service.url}/readyz`)).status).toBe(503);
    // The runs under way end meanwhile: their results wait at the nodes.
    await eventually(() => deployment.nodes.every((node) => node.record().at(-1)?.outcome === 'success'), {
      timeoutMs: 30_000,
      what: 'the end of both runs',
    });

    database = await startDatabase();
    await expectEachRanOnce(ids);
    await eventually(async () => (await fetch(`${service.url}/readyz`)).status === 200, {
      timeoutMs: 20_000,
    });
    await expectEachRanOnce(await submitMany(2, 2));
  });
});
