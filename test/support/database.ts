import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { eventually } from './poll.js';

export interface TestDatabase {
  url: string;
  pool: pg.Pool;
  /** Ends `pool` and drops the database. Rejects when any other connection to it is still open. */
  drop(): Promise<void>;
}

/** A migrated database of the caller's own. */
export function createDatabase({ poolSize = 5 } = {}): Promise<TestDatabase> {
  return createFrom(inject('templateDatabase'), poolSize);
}

/** A database without any table of ours. */
export function createEmptyDatabase({ poolSize = 5 } = {}): Promise<TestDatabase> {
  return createFrom('template0', poolSize);
}

async function createFrom(template: string, poolSize: number): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await administer((client) => client.query(`create database ${name} template ${template}`));
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: poolSize, application_name: 'test' });
  // Tests terminate connections on purpose, idle ones and ones in use.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return { url: url.href, pool, drop: () => endAndDrop(name, pool) };
}

async function endAndDrop(name: string, pool: pg.Pool): Promise<void> {
  await pool.end();
  await administer(async (client) => {
    const open = async () => {
      const { rows } = await client.query<{ application_name: string; query: string }>(
        'select application_name, query from pg_stat_activity where datname = $1',
        [name],
      );
      return rows;
    };
    // The server takes a moment to notice that a connection was closed.
    const left = await eventually(async () => ((await open()).length === 0 ? [] : undefined), {
      timeoutMs: 2_000,
    }).catch(open);
    await client.query(`drop database ${name} with (force)`);
    if (left.length > 0)
      throw new Error(`the test left ${left.length} database connections open: ${JSON.stringify(left)}`);
  });
}

async function administer<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: inject('postgresUrl'),
    application_name: 'test-administration',
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
