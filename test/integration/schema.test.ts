import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Pool } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { createDatabase, createEmptyDatabase, type TestDatabase } from '../support/database.js';
import { openSchemaEngine } from '../support/schema-engine.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const migrationsDir = join(root, 'prisma/migrations');
const filters = { externalTables: [], externalEnums: [] };

/** What Prisma's language cannot say: partial indexes, and checks. */
const beyondPrisma = [
  'check attempt.attempt_closed_check',
  'check attempt.attempt_collecting_check',
  'index job_ready',
  'index job_due',
  'index job_expiry',
  'index job_waiting',
  'index job_ended',
  'index attempt_one_open',
  'index attempt_one_slot',
  'index attempt_owner',
  'index attempt_failed',
  'index attempt_late',
  'index asset_record_upload',
  'index asset_record_output',
  'index asset_record_path',
  'index asset_record_expiry',
  'index batch_open',
];

/**
 * One row for each column, index, constraint and enum: what it is, and everything that defines it. Of lists, which Prisma
 * cannot call not null, that is left out, and the two ways to write an empty one are made one.
 */
const describeSchema = `
  select 'column ' || relname || '.' || attname as name,
         concat_ws(' ', format_type(atttypid, atttypmod), case when attnotnull and attndims = 0 then 'not null' end,
           replace(pg_get_expr(adbin, adrelid), 'ARRAY[]', '''{}'''), nullif(attidentity, ''), nullif(attgenerated, '')) as definition
    from pg_attribute join pg_class on pg_class.oid = attrelid left join pg_attrdef on adrelid = attrelid and adnum = attnum
   where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped
  union all
  select 'index ' || indexname, indexdef from pg_indexes where schemaname = 'public'
  union all
  select case contype when 'c' then 'check ' else 'constraint ' end || conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
    from pg_constraint where connamespace = 'public'::regnamespace and conrelid <> 0 and contype <> 'n'
  union all
  select 'enum ' || typname, string_agg(enumlabel, ' ' order by enumsortorder)
    from pg_enum join pg_type on pg_type.oid = enumtypid group by typname`;

describe('schema.prisma and the migrations', () => {
  const databases: TestDatabase[] = [];
  afterEach(async () => {
    for (const database of databases.splice(0)) await database.drop();
  });

  async function open(creating: Promise<TestDatabase>): Promise<TestDatabase> {
    const database = await creating;
    databases.push(database);
    return database;
  }

  it('describe the same database, but for what Prisma cannot say', async () => {
    const migrated = await open(createDatabase());
    const declared = await open(createEmptyDatabase());
    await declared.pool.query(await sqlOf(declared.pool, join(root, 'prisma/schema.prisma')));
    const [wanted, actual] = [await schemaOf(declared.pool), await schemaOf(migrated.pool)];
    for (const name of beyondPrisma) {
      expect(actual.delete(name), `${name} is in the migrations`).toBe(true);
      expect(wanted.has(name), `${name} is in schema.prisma`).toBe(false);
    }
    expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(wanted));
  });

  it('give every column of the record to the archive, which keeps the day beside it and that it was counted', async () => {
    const { pool } = await open(createDatabase());
    const columnsOf = async (schema: string): Promise<Record<string, string>> => {
      const { rows } = await pool.query<{ name: string; type: string }>(
        `select relname || '.' || attname as name, concat_ws(' ', format_type(atttypid, atttypmod), attcompression, attnotnull) as type
           from pg_attribute join pg_class on pg_class.oid = attrelid
          where relnamespace = $1::regnamespace and relkind in ('r', 'p') and attnum > 0 and not attisdropped and attname not in ('day', 'counted')
            and relname in ('job', 'job_input', 'attempt', 'job_output', 'job_prompt', 'job_run')`,
        [schema],
      );
      return Object.fromEntries(rows.map(({ name, type }) => [name, type]));
    };
    const archived = await columnsOf('archive');
    expect(archived).toEqual(await columnsOf('public'));
    expect(Object.keys(archived).length).toBeGreaterThan(60);
  });

  it('are recorded so that `prisma migrate status` and `deploy` find nothing to do', async () => {
    const { pool } = await open(createDatabase());
    const engine = await openSchemaEngine(pool);
    const migrationsList = await listMigrations();
    expect(
      await engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters }),
    ).toEqual({
      editedMigrationNames: [],
      failedMigrationNames: [],
      hasMigrationsTable: true,
      history: null,
    });
    expect(await engine.applyMigrations({ migrationsList, filters })).toEqual({ appliedMigrationNames: [] });
  });
});

async function schemaOf(pool: Pool): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ name: string; definition: string }>(describeSchema);
  return new Map(
    rows.filter(({ name }) => !name.includes('_prisma_migrations')).map((row) => [row.name, row.definition]),
  );
}

/** The statements that make an empty database what the file says. */
async function sqlOf(pool: Pool, path: string): Promise<string> {
  const engine = await openSchemaEngine(pool);
  const files = [{ path, content: await readFile(path, 'utf8') }];
  const { stdout } = await engine.diff({
    from: { tag: 'empty' },
    to: { tag: 'schemaDatamodel', files },
    script: true,
    exitCode: null,
    filters,
  });
  return stdout ?? '';
}

async function listMigrations() {
  const entries = await readdir(migrationsDir, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const migrationDirectories = await Promise.all(
    folders.map(async (path) => {
      const value = await readFile(join(migrationsDir, path, 'migration.sql'), 'utf8');
      return { path, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } } };
    }),
  );
  const lockfile = {
    path: 'migration_lock.toml',
    content: await readFile(join(migrationsDir, 'migration_lock.toml'), 'utf8'),
  };
  return { baseDir: migrationsDir, lockfile, shadowDbInitScript: '', migrationDirectories };
}
