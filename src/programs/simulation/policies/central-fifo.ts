/**
 * One queue for the whole cluster, in order of arrival: an idle node takes the oldest job it can run, and an arriving job
 * takes the able node that has been idle longest. What a worker-pull job queue does.
 */
import type { Action, PolicyFactory } from '../policy.js';
import type { VisibleJob, VisibleNode } from '../trace.js';
import { ableNodes } from './push.js';

export const centralFifo: PolicyFactory = (cluster) => {
  const waiting: VisibleJob[] = [];
  const idle = new Map(cluster.nodes.map((node) => [node.id, node]));
  const assign = (job: VisibleJob, node: VisibleNode): Action[] => {
    idle.delete(node.id);
    return [{ kind: 'run', jobId: job.id, nodeId: node.id }];
  };
  return {
    arrived(_nowMs, job) {
      const able = new Set(ableNodes(cluster, job));
      const node = [...idle.values()].find((candidate) => able.has(candidate));
      if (node) return assign(job, node);
      waiting.push(job);
      return [];
    },
    ended(_nowMs, nodeId) {
      const node = cluster.nodes.find((candidate) => candidate.id === nodeId)!;
      idle.set(nodeId, node);
      const at = waiting.findIndex((job) => job.models.every((model) => node.models.includes(model)));
      if (at < 0) return [];
      const [job] = waiting.splice(at, 1);
      return assign(job!, node);
    },
  };
};
