/**
 * A PostgreSQL server of our own, from an npm package, with its data under the data folder.
 * - It listens on the loopback address only, on a free port that is kept, and asks for a random password.
 * - It ends when this process ends, however that happens; a leftover of a crash is shut down before the next start.
 * - A second live service on the same data folder is refused; services on different folders do not meet.
 */
import { accessSync, constants, existsSync, mkdirSync, realpathSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../../logging/index.js';
import { errorOf, isDatabaseUnavailable } from '../errors.js';
import { locateBinaries } from './binaries.js';
import { Cluster, type ClusterSettings, superuser } from './cluster.js';
import { acquireInstanceLock } from './instance-lock.js';
import { isServerOf, stopLeftoverServer } from './leftover.js';
import { ServerProcess, type ServerProcessOptions } from './server-process.js';
import { chooseServerUser } from './server-user.js';
import { DatabaseStartError } from './start-error.js';

export interface EmbeddedDatabase {
  url: string;
  /** Process id of the server. */
  pid: number;
  /** Resolves when the server has ended; connections that are still open are cut. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  dataDir: string;
  log: Logger;
  /** Off only for tests: whether a committed transaction survives a crash of the machine. */
  durable?: boolean;
}

const readyTimeoutMs = 120_000;
const launchTries = 20;
/** What an earlier server's last processes, or another program that took the port meanwhile, cause: it passes. */
const passingStartFaults =
  /pre-existing shared memory block|could not bind|could not create any TCP\/IP sockets|"postmaster.pid"/;

/** Throws `DatabaseStartError`. */
export async function startEmbeddedDatabase({
  dataDir,
  log,
  durable = true,
}: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const directory = writableFolder(dataDir);
  const releaseLock = acquireInstanceLock(directory);
  try {
    const server = await prepare(directory, durable, log);
    const url = await server.start();
    return { url, pid: server.pid, stop: () => server.stop().finally(releaseLock) };
  } catch (error) {
    releaseLock();
    throw error;
  }
}

/** The address of the server that a live service runs on this folder; undefined when none does. */
export function runningEmbeddedDatabase(dataDir: string): string | undefined {
  if (!existsSync(dataDir)) return undefined;
  const cluster = new Cluster(realpathSync(dataDir));
  const pid = cluster.recordedPid();
  return pid !== undefined && isServerOf(pid, cluster)
    ? urlOf(cluster.readSettings(), 'comfymux')
    : undefined;
}

function writableFolder(path: string): string {
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.W_OK);
    return realpathSync(path);
  } catch (error) {
    throw new DatabaseStartError(
      `DATA_DIR ${path} cannot be written (${errorOf(error).message}): make it writable, or set another.`,
      { cause: error },
    );
  }
}

async function prepare(directory: string, durable: boolean, log: Logger): Promise<EmbeddedServer> {
  const binaries = await locateBinaries();
  const cluster = new Cluster(directory);
  const user = chooseServerUser(binaries, directory, cluster.dir);
  const settings = await cluster.ensure(binaries, user, durable);
  await stopLeftoverServer(cluster);
  return new EmbeddedServer(
    { binaries, user, cluster, durable, logPath: join(directory, 'postgres.log') },
    settings,
    log,
  );
}

/** Keeps one server running on one port, through the death of the server's process too. */
class EmbeddedServer {
  private process: ServerProcess | undefined;
  private supervision: Promise<void> | undefined;
  private stopping = false;

  constructor(
    private readonly options: Omit<ServerProcessOptions, 'port'>,
    private settings: ClusterSettings,
    private readonly log: Logger,
  ) {}

  get pid(): number {
    return this.options.cluster.recordedPid() ?? 0;
  }

  async start(): Promise<string> {
    await this.launch(() => freePort(this.settings.port));
    this.supervision = this.restartUntilStopped();
    return this.url('comfymux');
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.process?.stop();
    await this.supervision;
  }

  private async restartUntilStopped(): Promise<void> {
    while (!this.stopping) {
      await this.process?.ended;
      if (this.stopping) return;
      this.log.error({ output: this.process?.logTail() }, 'the embedded PostgreSQL ended; starting it again');
      await this.launch(() => Promise.resolve(this.settings.port)).catch((error: unknown) =>
        this.log.error({ err: error }, 'the embedded PostgreSQL did not start'),
      );
      if (this.stopping) await this.process?.stop();
    }
  }

  private async launch(choosePort: () => Promise<number>): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      this.settings = this.options.cluster.save({ ...this.settings, port: await choosePort() });
      this.process = new ServerProcess({ ...this.options, port: this.settings.port });
      if (await this.becomesReady(this.process)) return;
      const output = this.process.logTail();
      if (tries === launchTries || this.stopping || !passingStartFaults.test(output)) {
        throw new DatabaseStartError(
          `The embedded PostgreSQL did not start (${output}): mend that, or set DATABASE_URL.`,
        );
      }
      await sleep(250);
    }
  }

  /** False when the server ended instead. */
  private async becomesReady(server: ServerProcess): Promise<boolean> {
    const deadlineMs = performance.now() + readyTimeoutMs;
    while (server.running) {
      try {
        await createDatabase(this.url('postgres'));
        return true;
      } catch (error) {
        if (!isDatabaseUnavailable(error) || performance.now() > deadlineMs) {
          await server.stop();
          throw error;
        }
      }
      await Promise.race([server.ended, sleep(40)]);
    }
    return false;
  }

  private url(database: string): string {
    return urlOf(this.settings, database);
  }
}

function urlOf({ password, port }: ClusterSettings, database: string): string {
  return `postgresql://${superuser}:${password}@127.0.0.1:${port}/${database}`;
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 2_000,
    query_timeout: 10_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query(`select from pg_database where datname = 'comfymux'`);
    if (rowCount === 0) await client.query('create database comfymux');
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The preferred port when it is free, else any. */
async function freePort(preferred: number): Promise<number> {
  const probe = createServer().listen(preferred, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch (error) {
    if (preferred === 0) throw error;
    return freePort(0);
  }
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
