/** Everything that runs during a chaos run, and the harness's own eyes on it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { migrate } from '../../src/platform/database/index.js';
import { eventually } from '../support/poll.js';
import type { Service } from '../support/service.js';
import { Link } from './link.js';
import { DatabaseServer, type Ending, NodeProcess, ReplicaProcess } from './processes.js';

/** What is seconds in service is tenths of one here; the lease outlasts hiccups of a busy machine. */
export const briefTimings = {
  NODE_POLL_INTERVAL_MS: '150',
  IDLE_POLL_INTERVAL_MS: '300',
  DISPATCH_INTERVAL_MS: '300',
  INVENTORY_REFRESH_MS: '5000',
  ATTEMPT_SEND_TIMEOUT_MS: '1500',
  ATTEMPT_SETTLE_MS: '2500',
  ATTEMPT_RUN_LIMIT_MS: '15000',
  NODE_LOST_GRACE_MS: '4000',
  LEASE_RENEW_INTERVAL_MS: '500',
  LEADER_LEASE_MS: '2500',
  REPLICA_LEASE_MS: '2500',
  SHUTDOWN_TIMEOUT_MS: '5000',
};
const clockSkewsMs = [0, 5000, -5000];

/** A lease, and two looks of whoever takes over. */
const orphanedMs = Number(briefTimings.REPLICA_LEASE_MS) + 2000;

interface ClusterOptions {
  replicas: number;
  nodes: number;
  timings: Record<string, string>;
  logDir: string | undefined;
}

export class Cluster {
  /** Ends of replicas that nothing here caused. */
  readonly unexpectedEnds: Ending[] = [];
  private readonly pool: pg.Pool;
  /** A replica had ended, and its nodes were nobody's: until its lease was over, and until one served again. */
  readonly orphaned: { fromMs: number; toMs: number }[] = [];
  private killed: (replicaId: string | undefined) => void = () => undefined;

  private constructor(
    private readonly folder: string,
    readonly database: DatabaseServer,
    readonly nodes: NodeProcess[],
    readonly replicas: ReplicaProcess[],
  ) {
    this.pool = new pg.Pool({
      connectionString: database.url,
      max: 4,
      application_name: 'chaos',
      connectionTimeoutMillis: 2000,
    });
    this.pool.on('error', () => undefined);
    this.pool.on('connect', (client) => client.on('error', () => undefined));
  }

  static async start({ replicas, nodes, timings, logDir }: ClusterOptions): Promise<Cluster> {
    if (logDir !== undefined) mkdirSync(logDir, { recursive: true });
    const folder = await mkdtemp(join(tmpdir(), 'comfymux-chaos-'));
    const database = await DatabaseServer.start(folder);
    await migrate(database.url);
    const nodeProcesses = await Promise.all(
      Array.from({ length: nodes }, async (_, index) => NodeProcess.start(`node-${index + 1}`)),
    );
    const env = {
      DATA_DIR: join(folder, 'data'),
      NODES: nodeProcesses.map(({ name, link, url }) => `${name}=${link.urlOf(url)}`).join(','),
      SIMULATE: 'off',
      ...timings,
    };
    const processes: ReplicaProcess[] = [];
    const cluster = new Cluster(folder, database, nodeProcesses, processes);
    for (let index = 0; index < replicas; index += 1) {
      const link = await Link.to(database.url);
      processes.push(
        new ReplicaProcess(
          `replica-${index + 1}`,
          { ...env, DATABASE_URL: link.urlOf(database.url) },
          link,
          clockSkewsMs[index % clockSkewsMs.length]!,
          (ending, expected) => {
            const fromMs = Date.now();
            cluster.orphaned.push({ fromMs, toMs: fromMs + orphanedMs });
            if (!expected) cluster.unexpectedEnds.push(ending);
            else if (ending.how === 'SIGKILL') cluster.killed(ending.id);
            if (logDir !== undefined)
              writeFileSync(join(logDir, `${Date.now()}-${ending.replica}.log`), ending.output);
          },
          () => {
            // Nobody served meanwhile.
            const last = cluster.orphaned.at(-1);
            if (last && cluster.serving().length === 1)
              last.toMs = Math.max(last.toMs, Date.now() + orphanedMs);
          },
        ),
      );
    }
    await Promise.all(processes.map(async (replica) => replica.start()));
    return cluster;
  }

  /** Asked again while the database is away. */
  async query<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return eventually(async () => (await this.pool.query<Row>(sql, values)).rows, {
      timeoutMs: 60_000,
      intervalMs: 50,
      what: 'an answer of the database',
    });
  }

  /** Calls `killed` whenever a replica has died by kill -9. */
  onKilled(killed: (replicaId: string | undefined) => void): void {
    this.killed = killed;
  }

  /** The replicas that serve now. */
  serving(): Service[] {
    return this.replicas.flatMap(({ service }) => service ?? []);
  }

  /** Lets jobs of a quarantined class in again, as an operator would: the nodes were at fault, not the graph. */
  async release(): Promise<void> {
    await this.query(`UPDATE sched_class SET quarantined_reason = NULL WHERE quarantined_reason IS NOT NULL`);
  }

  /** Every process runs, and no fault is armed. */
  async heal(): Promise<void> {
    await Promise.all(this.nodes.map(async (node) => node.clearFaults()));
    await Promise.all(this.replicas.map(async (replica) => replica.service ?? replica.start()));
    await this.release();
  }

  /** Resolves to how many jobs have not ended when `timeoutMs` is over. */
  async waitForEveryJob(timeoutMs: number): Promise<number> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const [row] = await this.query<{ open: number }>(
        `SELECT count(*)::int AS open FROM job WHERE finished_at IS NULL`,
      );
      if (row!.open === 0 || performance.now() > deadlineMs) return row!.open;
      // Pauses before retries grow to minutes; nothing is learned from sitting through them.
      await this.query(`UPDATE job SET not_before = now() WHERE state = 'delayed' AND not_before > now()`);
      await sleep(200);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.replicas.map(async (replica) => replica.stop()));
    await Promise.all(this.nodes.map(async (node) => node.stop()));
    await Promise.all([...this.replicas, ...this.nodes].map(async ({ link }) => link.close()));
    await this.pool.end();
    await this.database.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}
