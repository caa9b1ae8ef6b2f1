import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../../src/platform/database/index.js';
import { createEmptyDatabase, type TestDatabase } from '../support/database.js';

describe('migrate', () => {
  let database: TestDatabase;
  let directory: string;

  beforeEach(async () => {
    database = await createEmptyDatabase();
    directory = mkdtempSync(join(tmpdir(), 'comfymux-migrations-'));
    write('0001_first', 'create table first (id int);');
    write('0002_second', 'create table second (id int); insert into second values (1);');
  });

  afterEach(async () => {
    rmSync(directory, { recursive: true });
    await database.drop();
  });

  function write(name: string, sql: string): void {
    mkdirSync(join(directory, name), { recursive: true });
    writeFileSync(join(directory, name, 'migration.sql'), sql);
  }

  it('applies in the order of names what is not applied yet', async () => {
    expect(await migrate(database.url, directory)).toEqual(['0001_first', '0002_second']);
    write('0003_third', 'create table third (id int);');
    expect(await migrate(database.url, directory)).toEqual(['0003_third']);
    expect(await migrate(database.url, directory)).toEqual([]);
  });

  it('applies each migration once when several processes start together', async () => {
    const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(database.url, directory)));
    expect(applied.flat().toSorted()).toEqual(['0001_first', '0002_second']);
  });

  it('leaves nothing of a migration that fails, and keeps those before it', async () => {
    write('0003_broken', 'create table third (id int); select 1/0;');
    await expect(migrate(database.url, directory)).rejects.toThrow(
      'Migration 0003_broken failed and left nothing behind: division by zero',
    );
    const { rows } = await database.pool.query(
      `select to_regclass('second') is not null as second, to_regclass('third') is not null as third`,
    );
    expect(rows).toEqual([{ second: true, third: false }]);
    write('0003_broken', 'create table third (id int);');
    expect(await migrate(database.url, directory)).toEqual(['0003_broken']);
  });

  it('refuses a migration that was changed after it was applied', async () => {
    await migrate(database.url, directory);
    write('0001_first', 'create table first (id bigint);');
    await expect(migrate(database.url, directory)).rejects.toThrow(
      'Migration 0001_first was changed after it was applied',
    );
  });

  it('refuses a database that a newer version migrated', async () => {
    await migrate(database.url, directory);
    rmSync(join(directory, '0002_second'), { recursive: true });
    await expect(migrate(database.url, directory)).rejects.toThrow('which this version does not know');
  });
});
