/** What outlives any one process of the service: a database, a data folder, simulated nodes. Services come and go. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type RecordEntry,
  type SimulatedNode,
  type SimulatedNodeOptions,
  startSimulatedNode,
} from '../../src/programs/simulator/index.js';
import { createDatabase, type TestDatabase } from './database.js';
import { JobsClient, type JobDetail } from './jobs-client.js';
import { eventually } from './poll.js';
import { type Service, startService } from './service.js';

/** What is seconds in service is tenths of one here. */
const shortTimings = {
  NODE_POLL_INTERVAL_MS: '100',
  IDLE_POLL_INTERVAL_MS: '200',
  DISPATCH_INTERVAL_MS: '200',
  ATTEMPT_SEND_TIMEOUT_MS: '1000',
  ATTEMPT_SETTLE_MS: '1500',
  NODE_LOST_GRACE_MS: '3000',
  LEASE_RENEW_INTERVAL_MS: '300',
  LEADER_LEASE_MS: '1500',
  REPLICA_LEASE_MS: '2000',
};

export interface Replica extends Service {
  jobs: JobsClient;
}

export class Deployment {
  private readonly replicas: Service[] = [];

  private constructor(
    readonly database: TestDatabase | undefined,
    readonly databaseUrl: string,
    private readonly dataDir: string,
    readonly nodes: SimulatedNode[],
  ) {}

  /** `databaseUrl` names a database of the caller's own instead of a fresh one on the test server. */
  static async create(
    nodeOptions: readonly SimulatedNodeOptions[],
    databaseUrl?: string,
  ): Promise<Deployment> {
    const database = databaseUrl === undefined ? await createDatabase() : undefined;
    const nodes: SimulatedNode[] = [];
    for (const options of nodeOptions) nodes.push(await startSimulatedNode(options));
    return new Deployment(
      database,
      databaseUrl ?? database?.url ?? '',
      await mkdtemp(join(tmpdir(), 'comfymux-deployment-')),
      nodes,
    );
  }

  /** Starts one more process of the service. With `nodesReady` it resolves when every node takes work. */
  async start(
    env: Record<string, string> = {},
    { nodesReady = true, under = [] }: { nodesReady?: boolean; under?: readonly string[] } = {},
  ): Promise<Replica> {
    const settings = {
      DATABASE_URL: this.databaseUrl,
      DATA_DIR: this.dataDir,
      NODES: this.nodes.map(({ name, url }) => `${name}=${url}`).join(','),
      SIMULATE: 'off',
      // Receivers of webhooks are on this machine.
      OUTGOING_HOSTS: '127.0.0.0/8,localhost',
      ...shortTimings,
      ...env,
    };
    const service = await startService(settings, { under });
    this.replicas.push(service);
    const replica = { ...service, jobs: new JobsClient(service.url) };
    if (nodesReady)
      await eventually(() => replica.jobs.nodesTakeWork(this.nodes.map(({ name }) => name)), {
        timeoutMs: 30_000,
        what: 'ready nodes',
      });
    return replica;
  }

  node(name: string): SimulatedNode {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined) throw new Error(`no node is named ${name}`);
    return found;
  }

  /** Ends every process of the service by force. */
  async killAll(): Promise<void> {
    await Promise.all(this.replicas.splice(0).map(async (replica) => replica.kill()));
  }

  /** Ends everything by force. */
  async destroy(): Promise<void> {
    await this.killAll();
    await Promise.all(this.nodes.map(async (node) => node.stop()));
    await this.database?.drop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

export interface Run extends RecordEntry {
  node: string;
}

/** What the nodes themselves say of a job: every prompt of its attempts that they accepted. */
export function promptsOf(job: Pick<JobDetail, 'history'>, nodes: readonly SimulatedNode[]): Run[] {
  const ids = new Set(job.history.map((attempt) => attempt.prompt_id));
  return nodes.flatMap((node) =>
    node.record().flatMap((entry) => (ids.has(entry.promptId) ? [{ ...entry, node: node.name }] : [])),
  );
}

/** The prompts among them that began to run. */
export const runsOf = (job: Pick<JobDetail, 'history'>, nodes: readonly SimulatedNode[]): Run[] =>
  promptsOf(job, nodes).filter((run) => run.startedAt !== null);
