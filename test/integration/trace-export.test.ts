/** What jobs did on a cluster, written by `trace:export`, is a workload that the simulator runs under every policy. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runExperiment } from '../../src/programs/simulation/experiment.js';
import { policyNames } from '../../src/programs/simulation/policies/index.js';
import { parseRecorded } from '../../src/programs/simulation/recorded.js';
import { Deployment, type Replica } from '../support/deployment.js';
import { samplingGraph } from '../support/sampling-graph.js';
import { wanModelFiles } from '../../src/programs/simulator/index.js';

const models = wanModelFiles['unet_gguf'] ?? [];
const jobs = 30;
const speeds = { quick: 1, slow: 0.5 };

let deployment: Deployment;
let replica: Replica;

beforeAll(async () => {
  deployment = await Deployment.create(
    Object.entries(speeds).map(([name, speed]) => ({
      name,
      speed,
      gpuName: name,
      vram: { models: 1 },
      loadMs: 60,
      stepMs: 20,
    })),
  );
  replica = await deployment.start();
  const submits = Array.from({ length: jobs }, async (_, at) =>
    replica.jobs.submit(samplingGraph({ model: models[at % models.length]! })),
  );
  const ids = await Promise.all(submits);
  for (const id of ids) await replica.jobs.ended(id);
  const refused = await replica.jobs.submit(samplingGraph({ model: models[0]! }));
  await replica.jobs.cancel(refused);
  await replica.jobs.ended(refused);
});
afterAll(async () => deployment.destroy());

async function exported(args: readonly string[] = []): Promise<{ text: string; summary: string }> {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['dist/programs/trace-export/main.js', ...args],
    { env: { ...process.env, DATABASE_URL: deployment.databaseUrl }, maxBuffer: 1e8, timeout: 60_000 },
  );
  return { text: stdout, summary: stderr };
}

/** Moves the first half of the jobs to the archive, as retention does. */
async function archiveHalf(): Promise<void> {
  const { pool } = deployment.database!;
  /** `more` are columns that the archive alone has. */
  const move = async (table: string, jobId: string, more = { columns: '', values: '' }): Promise<string> => {
    const { rows } = await pool.query<{ columns: string }>(
      `SELECT string_agg(quote_ident(column_name), ', ') AS columns FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name = $1`,
      [table],
    );
    const { columns } = rows[0]!;
    return `CREATE TABLE archive.${table}_all PARTITION OF archive.${table} DEFAULT;
      INSERT INTO archive.${table} (${columns}, day${more.columns}) SELECT ${columns}, current_date${more.values} FROM ${table}
        WHERE ${jobId} IN (SELECT id FROM half)`;
  };
  await pool.query(
    [
      `CREATE TEMP TABLE half AS SELECT id FROM job ORDER BY id LIMIT ${jobs / 2}`,
      await move('attempt', 'job_id'),
      await move('job', 'id', { columns: ', counted', values: ', false' }),
      'DELETE FROM job WHERE id IN (SELECT id FROM half)',
    ].join(';'),
  );
}

it('each job that succeeded is there once, archived or not; the simulator runs them all under every policy', async () => {
  const before = await exported();
  await archiveHalf();
  const { text, summary } = await exported();
  expect(text).toBe(before.text);
  expect(summary).toContain(`${jobs} jobs, 2 nodes`);

  const trace = parseRecorded('exported', text);
  expect(trace.jobs).toHaveLength(jobs);
  for (const job of trace.jobs) expect(job.waitMs).toBeGreaterThanOrEqual(0);
  const speedOf = (id: string) => trace.nodes.find((node) => node.id === id)!.speed;
  expect(speedOf('quick')).toBe(1);
  expect(speedOf('slow')).toBeLessThan(0.8);

  const results = runExperiment({ trace: () => trace, seeds: [1], policies: policyNames, switches: {} });
  for (const { mean } of results) expect(mean.makespanS).toBeGreaterThan(0);
});

it('neither prompts nor the names of tenants leave the record', async () => {
  const { text } = await exported();
  expect(text).not.toMatch(/a lake|"tenantId":"default"/);
});

it('a period leaves out what was submitted outside it, and nonsense is refused with a sentence', async () => {
  const { summary } = await exported(['--until', '2001-01-01']);
  expect(summary).toMatch(/^0 jobs/);
  await expect(exported(['--since', 'yesterday'])).rejects.toThrow(/not a time: yesterday/);
});
