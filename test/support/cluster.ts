/** The built service with simulated nodes: a cluster of the caller's own, on a database of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedNode, type SimulatedNodeOptions, startSimulatedNode } from '../../src/simulator/index.js';
import { createDatabase } from './database.js';
import { eventually } from './poll.js';
import { type Service, startService } from './service.js';

export interface Cluster {
  service: Service;
  url: string;
  nodes: SimulatedNode[];
  node(name: string): SimulatedNode;
  /** Throws when the service does not end cleanly or leaves a database connection behind. */
  stop(): Promise<void>;
}

export interface ClusterOptions {
  nodes: (SimulatedNodeOptions & { name: string })[];
  env?: Record<string, string>;
}

/** What is seconds in service is tenths of one here. */
const quickTimings = {
  NODE_POLL_INTERVAL_MS: '100',
  IDLE_POLL_INTERVAL_MS: '200',
  DISPATCH_INTERVAL_MS: '200',
  LEASE_RENEW_INTERVAL_MS: '500',
};

/** Resolves when every node takes work. */
export async function startCluster({ nodes: options, env = {} }: ClusterOptions): Promise<Cluster> {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    const dataDir = await mkdtemp(join(tmpdir(), 'comfymux-cluster-'));
    undo.push(() => rm(dataDir, { recursive: true, force: true }));
    const database = await createDatabase();
    undo.push(() => database.drop());
    const nodes: SimulatedNode[] = [];
    undo.push(() => Promise.all(nodes.map((node) => node.stop())));
    for (const option of options) nodes.push(await startSimulatedNode(option));
    const service = await startService({
      DATABASE_URL: database.url,
      DATA_DIR: dataDir,
      NODES: nodes.map(({ name, url }) => `${name}=${url}`).join(','),
      SIMULATE: 'off',
      ...quickTimings,
      ...env,
    });
    undo.push(() => endCleanly(service));
    await eventually(() => allTakeWork(service.url, nodes.length), {
      timeoutMs: 30_000,
      intervalMs: 50,
      what: 'a cluster of ready nodes',
    });
    return { service, url: service.url, nodes, node: (name) => named(nodes, name), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function allTakeWork(url: string, count: number): Promise<boolean> {
  const { nodes } = (await (await fetch(`${url}/v1/nodes`)).json()) as { nodes: { accepts_work: boolean }[] };
  return nodes.length === count && nodes.every((node) => node.accepts_work);
}

async function endCleanly(service: Service): Promise<void> {
  const code = await service.stop();
  if (code !== 0) throw new Error(`the service ended with ${code}:\n${service.output()}`);
}

function named(nodes: SimulatedNode[], name: string): SimulatedNode {
  const found = nodes.find((node) => node.name === name);
  if (found === undefined) throw new Error(`no node is named ${name}`);
  return found;
}
