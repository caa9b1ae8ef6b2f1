/** The files of the embedded server: `postgres/` (the cluster) and `postgres.json` (port and password), under the data folder. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.js';
import type { ServerUser } from './server-user.js';
import { DatabaseStartError } from './start-error.js';

export const superuser = 'comfymux';
const majorVersion = '18';
const initTimeoutMs = 120_000;

/** A child sees none of our variables: `PG…` would change what the programs do. */
export const childEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
};

export interface ClusterSettings {
  /** 0 until the server first listened. */
  port: number;
  password: string;
}

export class Cluster {
  readonly dir: string;
  private readonly settingsPath: string;

  constructor(private readonly dataDir: string) {
    this.dir = join(dataDir, 'postgres');
    this.settingsPath = join(dataDir, 'postgres.json');
  }

  /** Creates the cluster unless it is there. A creation that was cut short leaves nothing that counts. */
  async ensure(binaries: Binaries, user: ServerUser, durable: boolean): Promise<ClusterSettings> {
    if (existsSync(this.dir)) {
      this.checkVersion();
      return this.readSettings();
    }
    const settings = existsSync(this.settingsPath)
      ? this.readSettings()
      : this.save({ port: 0, password: newPassword() });
    await this.create(binaries, user, settings.password, durable);
    return settings;
  }

  save(settings: ClusterSettings): ClusterSettings {
    const draft = `${this.settingsPath}.new`;
    writeFileSync(draft, `${JSON.stringify(settings)}\n`, { mode: 0o600 });
    renameSync(draft, this.settingsPath);
    return settings;
  }

  readSettings(): ClusterSettings {
    try {
      return JSON.parse(readFileSync(this.settingsPath, 'utf8')) as ClusterSettings;
    } catch (error) {
      throw new DatabaseStartError(
        `${this.settingsPath} cannot be read, and ${this.dir} cannot be opened without it: restore it, or set another DATA_DIR.`,
        {
          cause: error,
        },
      );
    }
  }

  /** Process id in the server's own lock file, which may be stale. */
  recordedPid(): number | undefined {
    try {
      return Number.parseInt(readFileSync(join(this.dir, 'postmaster.pid'), 'utf8'), 10) || undefined;
    } catch {
      return undefined;
    }
  }

  private async create(
    binaries: Binaries,
    user: ServerUser,
    password: string,
    durable: boolean,
  ): Promise<void> {
    const draftDir = `${this.dir}.new`;
    const passwordPath = join(this.dataDir, 'postgres.password');
    rmSync(draftDir, { recursive: true, force: true });
    mkdirSync(draftDir, { mode: 0o700 });
    user.own(draftDir);
    writeFileSync(passwordPath, password, { mode: 0o600 });
    user.own(passwordPath);
    try {
      await runInitdb(binaries, user, draftDir, passwordPath, durable);
    } finally {
      rmSync(passwordPath, { force: true });
    }
    renameSync(draftDir, this.dir);
  }

  private checkVersion(): void {
    const version = readFileSync(join(this.dir, 'PG_VERSION'), 'utf8').trim();
    if (version === majorVersion) return;
    throw new DatabaseStartError(
      `${this.dir} was made by PostgreSQL ${version}, the embedded one is ${majorVersion}: move it with pg_dump, or set another DATA_DIR.`,
    );
  }
}

async function runInitdb(
  { initdb }: Binaries,
  user: ServerUser,
  dir: string,
  passwordPath: string,
  durable: boolean,
): Promise<void> {
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = [`--username=${superuser}`, '--auth=scram-sha-256', `--pwfile=${passwordPath}`];
  const command = [
    ...user.prefix,
    initdb,
    `--pgdata=${dir}`,
    ...access,
    ...locale,
    ...(durable ? [] : ['--no-sync']),
  ];
  const [program = initdb, ...args] = command;
  try {
    await promisify(execFile)(program, args, {
      ...user.spawnAs,
      cwd: '/',
      env: childEnvironment,
      timeout: initTimeoutMs,
    });
  } catch (error) {
    const output =
      error instanceof Error && 'stderr' in error
        ? String(error.stderr).trim().replaceAll('\n', ' | ')
        : String(error);
    throw new DatabaseStartError(
      `The embedded PostgreSQL could not create its data folder (${output}): mend that, or set DATABASE_URL.`,
      { cause: error },
    );
  }
}

function newPassword(): string {
  return randomBytes(24).toString('hex');
}
