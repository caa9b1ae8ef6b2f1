/** One service with simulated nodes, for tests in which neither is lost. */
import type { SimulatedNode, SimulatedNodeOptions } from '../../src/programs/simulator/index.js';
import { Deployment } from './deployment.js';
import type { Service } from './service.js';

export interface Cluster {
  service: Service;
  url: string;
  nodes: SimulatedNode[];
  node: (name: string) => SimulatedNode;
  /** Throws when the service does not end cleanly or leaves a database connection behind. */
  stop: () => Promise<void>;
}

export interface ClusterOptions {
  nodes: (SimulatedNodeOptions & { name: string })[];
  env?: Record<string, string>;
}

/** A starved machine must not look like a node or a replica that is gone. */
const patience = {
  ATTEMPT_SEND_TIMEOUT_MS: '10000',
  ATTEMPT_SETTLE_MS: '30000',
  NODE_LOST_GRACE_MS: '60000',
  LEADER_LEASE_MS: '6000',
  REPLICA_LEASE_MS: '8000',
};

/** Resolves when every node takes work. */
export async function startCluster({ nodes, env = {} }: ClusterOptions): Promise<Cluster> {
  const deployment = await Deployment.create(nodes);
  try {
    const service = await deployment.start({ ...patience, ...env });
    const stop = async (): Promise<void> => {
      try {
        await endCleanly(service);
      } finally {
        await deployment.destroy();
      }
    };
    return {
      service,
      url: service.url,
      nodes: deployment.nodes,
      node: (name) => deployment.node(name),
      stop,
    };
  } catch (error) {
    await deployment.destroy();
    throw error;
  }
}

async function endCleanly(service: Service): Promise<void> {
  const code = await service.stop();
  if (code !== 0) throw new Error(`the service ended with ${code}:\n${service.output()}`);
}
