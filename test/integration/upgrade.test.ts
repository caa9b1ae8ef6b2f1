/**
 * From the record of the version before keys and tenants to today's, with jobs of all doors under way: their rows are put into the older
 * schema as it was, and the node goes on with what it has. Once back, as docs/install.md#upgrade has it, and forward again.
 */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from '../../src/platform/database/index.js';
import { Deployment, type Replica, runsOf } from '../support/deployment.js';
import { formOf } from '../support/door-5014.js';
import { makeKey, makeTenant } from '../support/keys.js';
import { solidPng } from '../support/pictures.js';
import { eventually } from '../support/poll.js';
import { samplingGraph } from '../support/sampling-graph.js';

const migrations = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
/** What the older version knows. */
const lastOfOld = '0090_bad_output';

type Dump = Map<string, object[]>;

let deployment: Deployment;
let pool: Pool;
let oldMigrations: string;

beforeAll(async () => {
  deployment = await Deployment.create([{ name: 'one', stepMs: 250, loadMs: 1 }]);
  pool = deployment.database!.pool;
  oldMigrations = mkdtempSync(join(tmpdir(), 'comfymux-old-migrations-'));
  for (const name of readdirSync(migrations))
    if (name <= lastOfOld) cpSync(join(migrations, name), join(oldMigrations, name), { recursive: true });
});
afterAll(async () => {
  rmSync(oldMigrations, { recursive: true });
  await deployment.destroy();
});

/** A job by each door that the older version has; the ids of all jobs. */
async function submitByEveryDoor({ url, nativeUrl, jobs }: Replica): Promise<string[]> {
  const json = async (to: string, body: object): Promise<Response> =>
    fetch(to, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const form = new FormData();
  form.set('image', new Blob([new Uint8Array(solidPng([1, 2, 3]))], { type: 'image/png' }), 'mine.png');
  const answers = [
    await fetch(`${url}/api/upload_and_generate`, { method: 'POST', body: formOf({}) }),
    await json(`${url}/api/v2/jobs`, { workflow: samplingGraph() }),
    await json(`${nativeUrl}/prompt`, { prompt: samplingGraph(), client_id: 'me' }),
    await fetch(`${nativeUrl}/upload/image`, { method: 'POST', body: form }),
  ];
  expect(answers.map(({ status }) => status).filter((status) => status >= 300)).toEqual([]);
  for (let no = 0; no < 3; no += 1) await jobs.submit(samplingGraph({ steps: 8 }));
  const { rows } = await pool.query<{ id: string; door: string }>('SELECT id, door FROM job');
  expect(new Set(rows.map(({ door }) => door))).toEqual(new Set(['compat-5014', 'api-v2', 'native', 'v1']));
  return rows.map(({ id }) => id);
}

const tablesOf = async (): Promise<string[]> => {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT quote_ident(relname) AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
       AND relname NOT IN ('_prisma_migrations', 'replica', 'leader') ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
};

async function dumped(): Promise<Dump> {
  const dump: Dump = new Map();
  for (const table of await tablesOf())
    dump.set(
      table,
      (await pool.query<{ row: object }>(`SELECT to_jsonb(t) AS row FROM ${table} t`)).rows.map(
        ({ row }) => row,
      ),
    );
  return dump;
}

/** The older version's database with these rows: of the columns that it has, and of one job in its archive. */
async function restoreOld(dump: Dump, archivedId: string): Promise<void> {
  await pool.query(
    'DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA archive CASCADE; DROP SCHEMA graphile_worker CASCADE',
  );
  await migrate(deployment.databaseUrl, oldMigrations);
  const client = await pool.connect();
  try {
    await client.query(`SET session_replication_role = replica`);
    for (const table of await tablesOf()) {
      await client.query(`DELETE FROM ${table}`);
      const values = [JSON.stringify(dump.get(table) ?? [])];
      await client.query(
        `INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1)`,
        values,
      );
    }
    const rest = ['job', 'job_input', 'job_output', 'attempt'].map(
      (table) => `
        CREATE TABLE archive."${table}_old" PARTITION OF archive.${table} DEFAULT;
        INSERT INTO archive.${table} SELECT a.* FROM ${table} t,
          jsonb_populate_record(NULL::archive.${table}, to_jsonb(t) || '{"day": "2026-01-01"}') a WHERE t.${table === 'job' ? 'id' : 'job_id'} = '${archivedId}';
        DELETE FROM ${table} WHERE ${table === 'job' ? 'id' : 'job_id'} = '${archivedId}';`,
    );
    await client.query(rest.join(''));
    await client.query(
      `SELECT setval('upload_id_seq', 1000), setval('job_prompt_ticket_seq', 1000), setval('sched_class_id_seq', 1000)`,
    );
  } finally {
    client.release(true);
  }
}

it('loses nothing of jobs by all doors, gives what was there to the default tenant, and goes back by the backup', async () => {
  const before = await deployment.start();
  const ended = await before.jobs.submit(samplingGraph({ steps: 1 }));
  await before.jobs.ended(ended);
  const ids = await submitByEveryDoor(before);
  await eventually(async () => {
    const { rowCount } = await pool.query(`SELECT FROM attempt WHERE state = 'running'`);
    return (rowCount ?? 0) > 0;
  });
  await deployment.killAll();
  const dump = await dumped();
  const stored = dump.get('asset')!.length;

  await restoreOld(dump, ended);
  const applied = await migrate(deployment.databaseUrl);
  expect(applied[0]).toBe('0100_access');
  // Back: the older version refuses the newer database, and takes the backup.
  await expect(migrate(deployment.databaseUrl, oldMigrations)).rejects.toThrow(
    'which this version does not know: start the newer version',
  );
  await restoreOld(dump, ended);
  expect(await migrate(deployment.databaseUrl, oldMigrations)).toEqual([]);
  expect(await migrate(deployment.databaseUrl)).toEqual(applied);

  const { rows: owners } = await pool.query(
    `SELECT DISTINCT tenant_id, principal_id FROM (SELECT tenant_id, principal_id FROM job UNION ALL SELECT tenant_id, principal_id FROM archive.job) j`,
  );
  expect(owners).toEqual([{ tenant_id: 'default', principal_id: null }]);
  const { rows: kept } = await pool.query(
    `SELECT count(*)::int AS files, sum(f.size_bytes)::float8 = (SELECT stored_bytes FROM tenant_storage WHERE tenant_id = 'default')::float8 AS told
     FROM tenant_file f WHERE tenant_id = 'default'`,
  );
  expect(kept).toEqual([{ files: stored, told: true }]);
  const { rows: used } = await pool.query(`SELECT tenant_id, jobs::int, runs::int FROM usage_day`);
  expect(used).toEqual([{ tenant_id: 'default', jobs: 1, runs: 1 }]);

  const after = await deployment.start();
  for (const id of ids) expect(await after.jobs.ended(id, 90_000)).toMatchObject({ id, state: 'succeeded' });
  for (const id of ids) expect(runsOf(await after.jobs.get(id), deployment.nodes)).toHaveLength(1);
  await makeTenant(after.url, 'other');
  const seenBy = async (tenant: string): Promise<number[]> => {
    const { key } = await makeKey(after.url, { principal: `of-${tenant}`, tenant, role: 'submit' });
    const headers = { authorization: `Bearer ${key}` };
    return Promise.all(
      ids.map(async (id) => (await fetch(`${after.url}/v1/jobs/${id}`, { headers })).status),
    );
  };
  expect(new Set(await seenBy('default'))).toEqual(new Set([200]));
  expect(new Set(await seenBy('other'))).toEqual(new Set([404]));
});
