import { once } from 'node:events';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/platform/config/index.js';
import {
  createPool,
  isDatabaseUnavailable,
  openDatabase,
  PrismaService,
  transaction,
} from '../../src/platform/database/index.js';
import { refusalOf } from '../../src/doors/kit/index.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

const log = pino({ level: 'silent' });

describe('the database', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createDatabase();
    await database.pool.query('create table item (name text primary key)');
  });
  afterEach(() => database.drop());

  it('keeps what a transaction did that resolves, and nothing of one that rejects', async () => {
    await transaction(database.pool, (client) => client.query(`insert into item values ('kept')`));
    const failing = transaction(database.pool, async (client) => {
      await client.query(`insert into item values ('lost')`);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    const { rows } = await database.pool.query('select name from item');
    expect(rows).toEqual([{ name: 'kept' }]);
  });

  it('gives a connection that broke inside a transaction back as broken', async () => {
    const broken = transaction(database.pool, (client) =>
      client.query('select pg_terminate_backend(pg_backend_pid())'),
    );
    const error: unknown = await broken.catch((reason: unknown) => reason);
    expect(isDatabaseUnavailable(error)).toBe(true);
    expect((await database.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('limits statements, locks and idle transactions of the shared pool, and names it', async () => {
    const pool = createPool({ url: database.url, poolSize: 1, log });
    const { rows } = await pool.query(
      `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
         current_setting('idle_in_transaction_session_timeout') as idle, current_setting('application_name') as name`,
    );
    expect(rows).toEqual([{ statement: '5s', lock: '3s', idle: '10s', name: 'comfymux' }]);
    await pool.end();
  });

  it('that lets a statement wait too long counts as away: the caller may try again', async () => {
    const pool = createPool({ url: database.url, poolSize: 1, log });
    const error: unknown = await transaction(database.pool, async (client) => {
      await client.query('lock table item');
      return pool.query('select from item').catch((reason: unknown) => reason);
    });
    expect(error).toMatchObject({ code: '55P03' });
    expect(isDatabaseUnavailable(error)).toBe(true);
    await pool.end();
  });

  it('that ends what takes too long is a 503 to come back for, through pg and through Prisma', async () => {
    const pool = createPool({ url: database.url, poolSize: 1, log });
    const prisma = new PrismaService(pool);
    // The limits are set, so only their length is changed here.
    await pool.query(`SELECT set_config(name, '50ms', FALSE) FROM pg_settings
      WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout')`);
    const refused = async (work: Promise<unknown>) =>
      refusalOf(
        await work.then(
          () => 'answered',
          (error: unknown) => error,
        ),
      );
    const comeBack = { status: 503, code: 'database_unavailable', retryAfterSeconds: 5 };
    expect(await refused(pool.query('SELECT pg_sleep(5)'))).toMatchObject(comeBack);
    expect(await refused(prisma.$queryRaw`SELECT pg_sleep(5)`)).toMatchObject(comeBack);
    const idle = transaction(pool, async (client) => {
      await once(client, 'error');
      await client.query('SELECT 1');
    });
    expect(await refused(idle)).toMatchObject(comeBack);
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  it('serves Prisma from the shared pool, and leaves the pool open when Prisma ends', async () => {
    const pool = createPool({ url: database.url, poolSize: 1, log });
    const prisma = new PrismaService(pool);
    expect(await prisma.$queryRaw`select current_setting('application_name') as name`).toEqual([
      { name: 'comfymux' },
    ]);
    expect(pool.totalCount).toBe(1);
    await prisma.$disconnect();
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  it('that cannot be reached is told apart, through pg and through Prisma', async () => {
    const pool = createPool({ url: 'postgresql://nobody@127.0.0.1:1/none', poolSize: 1, log });
    const prisma = new PrismaService(pool);
    const errors: unknown[] = await Promise.all(
      [pool.query('select 1'), prisma.$queryRaw`select 1`, prisma.job.count()].map((query) =>
        query.catch((error: unknown) => error),
      ),
    );
    expect(errors.map(isDatabaseUnavailable)).toEqual([true, true, true]);
    const mistaken: unknown = await database.pool.query('select nonsense').catch((error: unknown) => error);
    expect(isDatabaseUnavailable(mistaken)).toBe(false);
    await pool.end();
  });

  it('that cannot be reached at start is told in one line that says what to do, without the password', async () => {
    const config = loadConfig({ DATABASE_URL: 'postgresql://user:secret@127.0.0.1:1/none' });
    const error: unknown = await openDatabase(config, log).catch((reason: unknown) => reason);
    expect(String(error)).toMatch(
      /^DatabaseStartError: The database at postgresql:\/\/user:\*\*\*@127\.0\.0\.1:1\/none cannot be used \(.*ECONNREFUSED.*\): check DATABASE_URL/,
    );
    expect(String(error)).not.toContain('\n');
  });
});
