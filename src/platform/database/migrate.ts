/**
 * Applies `prisma/migrations/<name>/migration.sql` in the order of their names.
 * - One advisory lock: of several processes that start together one migrates, the others wait and find it done.
 * - One transaction per migration, its row in `_prisma_migrations` included: a migration is applied and recorded, or neither.
 * - Lock, table and checksums are Prisma's own, so `prisma migrate deploy` and `status` agree with what is done here.
 * - The tables of graphile-worker, which ours enqueue into, are brought up to date under the same lock.
 * - A migration whose file changed after it was applied, or that is in the database but not here, is refused.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Logger, runMigrations } from 'graphile-worker';
import pg from 'pg';

/** `message` says which migration, and what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

interface Migration {
  name: string;
  sql: string;
  /** Hex SHA-256 of the file's bytes. */
  checksum: string;
}

interface AppliedRow {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
}

const migrationsDir = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));
const prismaAdvisoryLockKey = 72_707_369;
const lockWaitMs = 120_000;

const createTable = `create table if not exists _prisma_migrations (
  id varchar(36) primary key not null,
  checksum varchar(64) not null,
  finished_at timestamptz,
  migration_name varchar(255) not null,
  logs text,
  rolled_back_at timestamptz,
  started_at timestamptz not null default now(),
  applied_steps_count integer not null default 0
)`;

/** Answers the names of the migrations it applied, oldest first. */
export async function migrate(url: string, directory = migrationsDir): Promise<string[]> {
  const migrations = await readMigrations(directory);
  const client = new pg.Client({
    connectionString: url,
    application_name: 'comfymux-migrate',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    lock_timeout: lockWaitMs,
  });
  // A connection that breaks also rejects the query under way; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [prismaAdvisoryLockKey]);
    await client.query(createTable);
    const applied = await applyPending(client, migrations);
    await runMigrations({ connectionString: url, maxPoolSize: 1, logger: new Logger(() => () => undefined) });
    return applied;
  } finally {
    await client.end();
  }
}

async function applyPending(client: pg.Client, migrations: readonly Migration[]): Promise<string[]> {
  const { rows } = await client.query<AppliedRow>(
    'select migration_name, checksum, finished_at from _prisma_migrations where rolled_back_at is null',
  );
  checkHistory(rows, migrations);
  const applied = new Set(rows.map((row) => row.migration_name));
  const pending = migrations.filter(({ name }) => !applied.has(name));
  for (const migration of pending) await apply(client, migration);
  return pending.map(({ name }) => name);
}

function checkHistory(rows: readonly AppliedRow[], migrations: readonly Migration[]): void {
  for (const row of rows) {
    const migration = migrations.find(({ name }) => name === row.migration_name);
    if (!migration) {
      throw new MigrationError(
        `The database has migration ${row.migration_name}, which this version does not know: start the newer version.`,
      );
    }
    if (row.finished_at === null) {
      throw new MigrationError(
        `Migration ${row.migration_name} was begun by another tool and did not finish: mend it with \`prisma migrate resolve\`.`,
      );
    }
    if (row.checksum !== migration.checksum) {
      throw new MigrationError(
        `Migration ${row.migration_name} was changed after it was applied: restore its file and put the change into a new migration.`,
      );
    }
  }
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query('begin');
    await client.query(sql);
    await client.query(
      `insert into _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       values ($1, $2, $3, clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    const reason = error instanceof Error ? error.message : String(error);
    throw new MigrationError(`Migration ${name} failed and left nothing behind: ${reason}`, { cause: error });
  }
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return Promise.all(
    names.toSorted().map(async (name) => {
      const bytes = await readFile(join(directory, name, 'migration.sql'));
      return {
        name,
        sql: bytes.toString('utf8'),
        checksum: createHash('sha256').update(bytes).digest('hex'),
      };
    }),
  );
}
