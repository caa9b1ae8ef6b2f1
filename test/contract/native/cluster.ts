/** The service with its native door before simulated nodes, as ComfyUI clients meet it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  startSimulatedNode,
  type SimulatedNode,
  type SimulatedNodeOptions,
} from '../../../src/programs/simulator/index.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { eventually } from '../../support/poll.js';
import { type Service, startService } from '../../support/service.js';

const timings = {
  NODE_POLL_INTERVAL_MS: '100',
  IDLE_POLL_INTERVAL_MS: '200',
  DISPATCH_INTERVAL_MS: '200',
  INVENTORY_REFRESH_MS: '500',
  ATTEMPT_SETTLE_MS: '1500',
  NODE_LOST_GRACE_MS: '2000',
  LOG_LEVEL: 'warn',
};

export interface NativeCluster {
  url: string;
  service: Service;
  nodes: SimulatedNode[];
  database: TestDatabase;
  /** Starts one more process of the service on the same database and storage; `stop` ends it too. */
  join(): Promise<Service>;
  stop(): Promise<void>;
}

/** Resolves when every node is known and the cluster's `/object_info` is there. */
export async function startNativeCluster(
  nodeOptions: readonly SimulatedNodeOptions[],
  env: Record<string, string> = {},
  { readyTimeoutMs = 60_000 } = {},
): Promise<NativeCluster> {
  const database = await createDatabase();
  const nodes: SimulatedNode[] = [];
  for (const options of nodeOptions) nodes.push(await startSimulatedNode(options));
  const dataDir = await mkdtemp(join(tmpdir(), 'comfymux-native-'));
  const settings = {
    ...timings,
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    NODES: nodes.map((node, index) => `${node.settings.name}-${index}=${node.url}`).join(','),
    ...env,
  };
  const service = await startService(settings);
  const joined: Service[] = [];
  const cluster: NativeCluster = {
    url: service.nativeUrl,
    service,
    nodes,
    database,
    join: async () => {
      const other = await startService(settings);
      joined.push(other);
      return other;
    },
    stop: async () => {
      await Promise.all([service, ...joined].map((one) => one.stop()));
      await Promise.all(nodes.map((node) => node.stop()));
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  await allNodesKnown(cluster, readyTimeoutMs);
  return cluster;
}

async function allNodesKnown({ url, nodes }: NativeCluster, timeoutMs: number): Promise<void> {
  await eventually(
    async () => {
      const stats = (await (await fetch(`${url}/system_stats`)).json()) as { devices: unknown[] };
      const classes = (await (await fetch(`${url}/object_info/LoadImage`)).json()) as object;
      const files = new Map(
        nodes.flatMap((node) => Object.entries(node.models())).map((entry) => [JSON.stringify(entry), entry]),
      );
      const known = await Promise.all(
        [...files.values()].map(async ([folder, names]) => {
          const listed = (await (await fetch(`${url}/models/${folder}`)).json()) as string[];
          return names.every((name) => listed.includes(name.replaceAll('\\', '/')));
        }),
      );
      return stats.devices.length === nodes.length && 'LoadImage' in classes && !known.includes(false);
    },
    { timeoutMs, intervalMs: 50, what: 'a cluster of all its nodes' },
  );
}
