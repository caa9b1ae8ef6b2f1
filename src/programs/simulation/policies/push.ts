/** Policies that choose a node when a job arrives and queue it there: what a reverse proxy or a simple balancer does. */
import type { Policy, PolicyFactory, VisibleCluster } from '../policy.js';
import type { VisibleJob, VisibleNode } from '../trace.js';

type Choose = (able: readonly VisibleNode[], queued: ReadonlyMap<string, number>) => VisibleNode;

function push(cluster: VisibleCluster, choose: Choose): Policy {
  const queued = new Map(cluster.nodes.map((node) => [node.id, 0]));
  const count = (nodeId: string, change: number) => queued.set(nodeId, queued.get(nodeId)! + change);
  return {
    arrived(_nowMs, job) {
      const node = choose(ableNodes(cluster, job), queued);
      count(node.id, 1);
      return [{ kind: 'run', jobId: job.id, nodeId: node.id }];
    },
    ended(_nowMs, nodeId) {
      count(nodeId, -1);
      return [];
    },
  };
}

export function ableNodes(cluster: VisibleCluster, job: VisibleJob): VisibleNode[] {
  return cluster.nodes.filter((node) => job.models.every((model) => node.models.includes(model)));
}

/** The able nodes in turn. */
export const roundRobin: PolicyFactory = (cluster) => {
  let turn = 0;
  return push(cluster, (able) => able[turn++ % able.length]!);
};

/** The able node with the fewest jobs queued and running; among equals a random one. */
export const leastQueue: PolicyFactory = (cluster) =>
  push(cluster, (able, queued) => {
    const least = Math.min(...able.map((node) => queued.get(node.id)!));
    const equal = able.filter((node) => queued.get(node.id) === least);
    return equal[Math.floor(cluster.random() * equal.length)]!;
  });

/** The better of two random able nodes. */
export const powerOfTwo: PolicyFactory = (cluster) =>
  push(cluster, (able, queued) => {
    const first = able[Math.floor(cluster.random() * able.length)]!;
    const second = able[Math.floor(cluster.random() * able.length)]!;
    return queued.get(second.id)! < queued.get(first.id)! ? second : first;
  });
