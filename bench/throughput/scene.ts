/** A service with simulated nodes on a durable PostgreSQL of its own, each a process apart, and clients beside them. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedDatabase } from '../../src/platform/database/index.js';
import { createLogger } from '../../src/platform/logging/index.js';
import { samplingGraph } from '../../test/contract/native/graphs.js';
import { eventually } from '../../test/support/poll.js';
import { type Service, startService } from '../../test/support/service.js';
import { Program } from '../native/program.js';
import { Meters } from './meters.js';

export interface Load {
  url: string;
  bodies?: readonly string[];
  clients: number;
  seconds: number;
  requests?: number;
}

export interface Answers {
  answered: number;
  failed: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  ids: string[];
}

export class Scene {
  private constructor(
    readonly nodeUrls: readonly string[],
    readonly service: Service,
    readonly pool: pg.Pool,
    readonly meters: Meters,
    readonly stop: () => Promise<void>,
  ) {}

  static async open(nodeCount: number, stepMs: number): Promise<Scene> {
    const dataDir = await mkdtemp(join(tmpdir(), 'comfymux-bench-'));
    const nodes = await Program.start('../throughput/nodes', { count: nodeCount, stepMs });
    const database = await startEmbeddedDatabase({ dataDir, log: createLogger({ level: 'warn' }) });
    const { urls } = nodes.greeting as { urls: string[] };
    const service = await startService({
      DATABASE_URL: database.url,
      DATA_DIR: join(dataDir, 'service'),
      NODES: urls.map((url, index) => `n${index}=${url}`).join(','),
      LOG_LEVEL: 'warn',
      ...(process.env['BENCH_ENV'] ? (JSON.parse(process.env['BENCH_ENV']) as object) : {}),
    });
    const pool = new pg.Pool({ connectionString: database.url, max: 1 });
    await eventually(
      async () => {
        const answer = await fetch(`${service.url}/v1/nodes`);
        const { nodes: listed } = (await answer.json()) as { nodes: { state: string }[] };
        return listed.filter(({ state }) => state === 'ready').length === nodeCount;
      },
      { timeoutMs: 120_000, intervalMs: 200, what: 'nodes that take work' },
    );
    const meters = new Meters(service.pid, postmasterOf(dataDir), pool);
    return new Scene(urls, service, pool, meters, async () => {
      await service.stop();
      await pool.end();
      await nodes.stop();
      await database.stop();
      await rm(dataDir, { recursive: true, force: true });
    });
  }

  async admin(what: 'drain' | 'undrain'): Promise<void> {
    for (const index of this.nodeUrls.keys())
      await fetch(`${this.service.url}/v1/nodes/n${index}/${what}`, { method: 'POST' });
  }

  async load(load: Load): Promise<Answers> {
    const clients = await Program.start('../throughput/load', load);
    const answers = (await clients.report()) as Answers;
    await clients.stop();
    return answers;
  }
}

/** Of graphs that no node has cached; `door` shapes the request. */
export function bodiesOf(door: 'v1' | 'native', count: number): string[] {
  return Array.from({ length: count }, (_, at) => {
    const graph = samplingGraph({ seed: at + Math.floor(Math.random() * 1e9), steps: 1 });
    return JSON.stringify(door === 'v1' ? { graph } : { prompt: graph, client_id: 'bench' });
  });
}

function postmasterOf(dataDir: string): number {
  const found = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).find((path) =>
    path.endsWith('postmaster.pid'),
  );
  return Number(readFileSync(join(dataDir, found ?? ''), 'utf8').split('\n')[0]);
}
