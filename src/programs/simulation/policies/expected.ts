/**
 * Policies that queue a job at a node on arrival, as least queue does, but weigh queues in expected seconds. They depend on their
 * estimates, which they learn as they go: milliseconds per work unit of each profile on each kind of GPU.
 */
import { emptyResidency, holds, useModels, type Residency } from '../../../modules/scheduling/index.js';
import type { Policy, PolicyFactory, VisibleCluster } from '../policy.js';
import type { VisibleJob, VisibleNode } from '../trace.js';
import { ableNodes } from './push.js';

const unknownMs = 120_000;
const bytesPerMs = 1.5e6;
const newestShare = 0.1;

interface Backend {
  node: VisibleNode;
  /** Running first. */
  queue: { job: VisibleJob; expectedMs: number; loadMs: number }[];
  runningSinceMs: number;
  /** Once all that is queued has run. */
  residency: Residency;
}

class Expected implements Policy {
  private readonly backends: Map<string, Backend>;
  private readonly sizes: ReadonlyMap<string, number>;
  private readonly msPerUnit = new Map<string, number>();

  constructor(
    private readonly cluster: VisibleCluster,
    private readonly counts: 'wait' | 'finish',
  ) {
    this.sizes = new Map(cluster.models.map(({ name, sizeBytes }) => [name, sizeBytes]));
    this.backends = new Map(
      cluster.nodes.map((node) => [
        node.id,
        { node, queue: [], runningSinceMs: 0, residency: emptyResidency(node.vramBytes) },
      ]),
    );
  }

  arrived(nowMs: number, job: VisibleJob) {
    const [first, ...others] = ableNodes(this.cluster, job).map(({ id }) => this.backends.get(id)!);
    let [best, bestMs] = [first!, this.costMs(nowMs, first!, job)];
    for (const backend of others) {
      const costMs = this.costMs(nowMs, backend, job);
      if (costMs < bestMs) [best, bestMs] = [backend, costMs];
    }
    const loadMs = this.loadMs(best, job);
    best.queue.push({ job, loadMs, expectedMs: loadMs + this.runMs(best.node, job) });
    useModels(best.residency, job.models, (model) => this.sizes.get(model)!);
    return [{ kind: 'run' as const, jobId: job.id, nodeId: best.node.id }];
  }

  started(nowMs: number, nodeId: string) {
    this.backends.get(nodeId)!.runningSinceMs = nowMs;
    return [];
  }

  ended(nowMs: number, nodeId: string, _jobId: string, tookMs: number) {
    const backend = this.backends.get(nodeId)!;
    const { job, loadMs } = backend.queue.shift()!;
    backend.runningSinceMs = nowMs;
    for (const key of keysOf(backend.node, job)) {
      const msPerUnit = Math.max(0, tookMs - loadMs) / job.workUnits;
      const known = this.msPerUnit.get(key) ?? msPerUnit;
      this.msPerUnit.set(key, known + newestShare * (msPerUnit - known));
    }
    return [];
  }

  private costMs(nowMs: number, backend: Backend, job: VisibleJob): number {
    const waitMs = backend.queue.reduce(
      (sum, { expectedMs }, at) =>
        sum + (at === 0 ? Math.max(0, expectedMs - (nowMs - backend.runningSinceMs)) : expectedMs),
      0,
    );
    return this.counts === 'wait'
      ? waitMs
      : waitMs + this.loadMs(backend, job) + this.runMs(backend.node, job);
  }

  private runMs(node: VisibleNode, job: VisibleJob): number {
    const key = keysOf(node, job).find((each) => this.msPerUnit.has(each));
    return key === undefined ? unknownMs : this.msPerUnit.get(key)! * job.workUnits;
  }

  private loadMs({ residency }: Backend, job: VisibleJob): number {
    return job.models
      .filter((model) => !holds(residency, model))
      .reduce((sum, model) => sum + this.sizes.get(model)! / bytesPerMs, 0);
  }
}

function keysOf({ gpuClass }: VisibleNode, { profileId }: VisibleJob): string[] {
  return [`${profileId}@${gpuClass}`, profileId];
}

/** The able node whose queue is over soonest. */
export const leastExpectedWait: PolicyFactory = (cluster) => new Expected(cluster, 'wait');

/** The able node that would end it soonest, loading included. */
export const earliestFinish: PolicyFactory = (cluster) => new Expected(cluster, 'finish');
