/** A PostgreSQL of the system's own packages, with the programs that the embedded one lacks: `pg_dump`, `pg_restore`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { chooseServerUser } from '../../src/platform/database/embedded/server-user.js';
import { eventually } from './poll.js';
import { freePort } from './ports.js';

const debianFolder = '/usr/lib/postgresql';
const versions = existsSync(debianFolder) ? readdirSync(debianFolder) : [];
const folders = versions
  .toSorted((one, other) => Number(other) - Number(one))
  .map((v) => join(debianFolder, v, 'bin'));

/** Of the newest whole one. Debian's package `postgresql` has it. */
export const installedPostgresDir = folders.find((folder) =>
  ['initdb', 'postgres', 'pg_dump', 'pg_restore'].every((name) => existsSync(join(folder, name))),
);

export interface InstalledPostgres {
  /** Of a database that is not there yet, unless its name is `postgres`. */
  urlOf(database: string): string;
  query(sql: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startInstalledPostgres(binDir: string): Promise<InstalledPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'comfymux-postgres-'));
  await chmod(folder, 0o755);
  const programs = { initdb: join(binDir, 'initdb'), postgres: join(binDir, 'postgres') };
  const user = chooseServerUser(programs, folder, join(folder, 'data'));
  user.own(folder);
  const [port, data] = [await freePort(), join(folder, 'data')];
  const start = (args: readonly string[]) => {
    const [program = '', ...rest] = [...user.prefix, ...args];
    return spawn(program, rest, { ...user.spawnAs, cwd: '/', stdio: 'ignore' });
  };
  const init = start([
    programs.initdb,
    `--pgdata=${data}`,
    '--username=comfymux',
    '--auth=trust',
    '--no-sync',
  ]);
  const [code] = (await once(init, 'exit')) as [number];
  if (code !== 0) throw new Error(`initdb ended with ${code}`);
  const listens = ['-h', '127.0.0.1', '-p', String(port), '-k', folder, '-c', 'fsync=off'];
  const server = start([programs.postgres, '-D', data, ...listens]);
  const urlOf = (database: string) => `postgresql://comfymux@127.0.0.1:${port}/${database}`;
  const query = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: urlOf('postgres') });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  const stop = async (): Promise<void> => {
    server.kill('SIGINT');
    if (server.exitCode === null) await once(server, 'exit');
    await rm(folder, { recursive: true });
  };
  await eventually(async () => query('SELECT 1').then(() => true), {
    timeoutMs: 30_000,
    intervalMs: 100,
    what: 'PostgreSQL',
  });
  return { urlOf, query, stop };
}
