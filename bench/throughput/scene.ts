/** A service with simulated nodes on a durable PostgreSQL of its own, each a process apart, and clients beside them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedDatabase } from '../../src/platform/database/index.js';
import { createLogger } from '../../src/platform/logging/index.js';
import { eventually } from '../../test/support/poll.js';
import { type Service, startService } from '../../test/support/service.js';
import { Program } from '../native/program.js';
import type { Request } from './doors.js';
import { Meters } from './meters.js';

export interface Load extends Request {
  clients: number;
  seconds: number;
  requests?: number;
}

export interface Answers {
  answered: number;
  /** Messages and how often they came. */
  faults: [string, number][];
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  ids: string[];
}

export interface SceneOptions {
  nodes: number;
  /** Of a run. */
  stepMs: number;
  /** Processes of the service, on one database and one data folder. Default 1. */
  replicas?: number;
}

export class Scene {
  private constructor(
    readonly nodes: Program,
    readonly nodeUrls: readonly string[],
    /** The first is the one that is asked. */
    readonly replicas: readonly Service[],
    readonly pool: pg.Pool,
    readonly meters: Meters,
    readonly close: () => Promise<void>,
  ) {}

  get service(): Service {
    return this.replicas[0]!;
  }

  static async open({ nodes: nodeCount, stepMs, replicas: replicaCount = 1 }: SceneOptions): Promise<Scene> {
    const dataDir = await mkdtemp(join(tmpdir(), 'comfymux-bench-'));
    const closers: (() => Promise<unknown>)[] = [
      async () => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }),
    ];
    const close = async (): Promise<void> => {
      for (const each of closers.toReversed()) await each();
    };
    try {
      const { nodes, urls } = await startNodes({ nodes: nodeCount, stepMs });
      closers.push(async () => nodes.stop());
      const database = await countingDatabase(dataDir);
      closers.push(async () => database.stop());
      const replicas: Service[] = [];
      for (let no = 0; no < replicaCount; no += 1) {
        const replica = await startService({
          DATABASE_URL: database.url,
          DATA_DIR: join(dataDir, 'service'),
          NODES: urls.map((url, index) => `n${index}=${url}`).join(','),
          LOG_LEVEL: 'warn',
          ...(JSON.parse(process.env['BENCH_ENV'] ?? '{}') as Record<string, string>),
        });
        replicas.push(replica);
        closers.push(async () => replica.stop());
      }
      const pool = new pg.Pool({ connectionString: database.url, max: 1 });
      closers.push(async () => pool.end());
      await pool.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
      for (const replica of replicas) await nodesTakeWork(replica, nodeCount);
      const servicePids = replicas.map(({ pid }) => pid);
      return new Scene(nodes, urls, replicas, pool, new Meters(servicePids, database.pid, pool), close);
    } catch (error) {
      await close();
      throw error;
    }
  }

  async admin(what: 'drain' | 'undrain'): Promise<void> {
    await Promise.all(
      [...this.nodeUrls.keys()].map(async (index) =>
        fetch(`${this.service.url}/v1/nodes/n${index}/${what}`, { method: 'POST' }),
      ),
    );
  }

  async count(sql: string, values: readonly unknown[] = []): Promise<number> {
    const { rows } = await this.pool.query<{ count: string }>(`SELECT count(*) FROM ${sql}`, [...values]);
    return Number(rows[0]?.count);
  }
}

export async function startNodes({
  nodes: count,
  stepMs,
}: SceneOptions): Promise<{ nodes: Program; urls: string[] }> {
  const nodes = await Program.start('../throughput/nodes', { count, stepMs });
  return { nodes, urls: (nodes.greeting as { urls: string[] }).urls };
}

/** By clients in a process of their own. */
export async function loaded(load: Load): Promise<Answers> {
  const clients = await Program.start('../throughput/load', load);
  const answers = (await clients.report()) as Answers;
  await clients.stop();
  return answers;
}

/** With the extension that counts statements, which takes a second start. */
async function countingDatabase(dataDir: string) {
  const options = { dataDir, log: createLogger({ level: 'warn' }) };
  const first = await startEmbeddedDatabase(options);
  const client = new pg.Client({ connectionString: first.url });
  await client.connect();
  await client.query(`ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'`);
  await client.query('ALTER SYSTEM SET pg_stat_statements.track_planning = on');
  await client.end();
  await first.stop();
  return startEmbeddedDatabase(options);
}

async function nodesTakeWork(service: Service, nodeCount: number): Promise<void> {
  await eventually(
    async () => {
      const answer = await fetch(`${service.url}/v1/nodes`);
      const { nodes } = (await answer.json()) as { nodes: { state: string }[] };
      return nodes.filter(({ state }) => state === 'ready').length === nodeCount;
    },
    { timeoutMs: 120_000, intervalMs: 200, what: 'nodes that take work' },
  );
}
