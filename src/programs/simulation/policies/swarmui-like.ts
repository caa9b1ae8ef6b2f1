/**
 * The rule of SwarmUI's backend handler, as read in its source: a request takes an idle backend that has its model; failing
 * that, the model with the highest pressure (10 per waiting request plus one per second since its first one) that is not
 * being loaded is loaded on the able idle backend released longest ago, once the pressure is older than 1.5 s or only one
 * idle backend is left.
 *
 * Kinder than the original in one point: a backend counts as having every model that is still in its memory, not just the
 * last one. A load and the first run after it are one job here, as they are for every other policy.
 */
import { emptyResidency, holds, useModels, type Residency } from '../../../modules/scheduling/index.js';
import type { Action, PolicyFactory, VisibleCluster } from '../policy.js';
import type { VisibleJob, VisibleNode } from '../trace.js';

const perRequest = 10;
const patienceMs = 1_500;

interface Backend {
  node: VisibleNode;
  residency: Residency;
  releasedMs: number;
  busyWith: VisibleJob | undefined;
  /** The model it loads now. */
  loading: string | undefined;
}

interface Pressure {
  model: string;
  firstMs: number;
  requests: VisibleJob[];
}

export const swarmuiLike: PolicyFactory = (cluster) => new SwarmuiLike(cluster);

class SwarmuiLike {
  private readonly backends: Map<string, Backend>;
  private readonly sizes: Map<string, number>;
  private waiting: VisibleJob[] = [];
  private readonly firstMs = new Map<string, number>();

  constructor(cluster: VisibleCluster) {
    this.backends = new Map(
      cluster.nodes.map((node) => [
        node.id,
        {
          node,
          residency: emptyResidency(node.vramBytes),
          releasedMs: 0,
          busyWith: undefined,
          loading: undefined,
        },
      ]),
    );
    this.sizes = new Map(cluster.models.map((model) => [model.name, model.sizeBytes]));
  }

  arrived(nowMs: number, job: VisibleJob): Action[] {
    this.waiting.push(job);
    const key = modelKey(job);
    if (!this.firstMs.has(key)) this.firstMs.set(key, nowMs);
    return this.turn(nowMs);
  }

  ended(nowMs: number, nodeId: string): Action[] {
    const backend = this.backends.get(nodeId)!;
    backend.busyWith = undefined;
    backend.releasedMs = nowMs;
    return this.turn(nowMs);
  }

  loaded(nowMs: number, nodeId: string): Action[] {
    this.backends.get(nodeId)!.loading = undefined;
    return this.turn(nowMs);
  }

  woken(nowMs: number): Action[] {
    return this.turn(nowMs);
  }

  private turn(nowMs: number): Action[] {
    const actions = this.serveWarm();
    for (let pressure = this.highest(nowMs); pressure; pressure = this.highest(nowMs)) {
      const idle = [...this.backends.values()].filter((backend) => !backend.busyWith);
      const job = pressure.requests.find((request) => idle.some((backend) => able(backend, request)))!;
      if (idle.length > 1 && nowMs < pressure.firstMs + patienceMs) {
        actions.push({ kind: 'wake', atMs: pressure.firstMs + patienceMs });
        break;
      }
      const valid = idle.filter((backend) => able(backend, job));
      const oldest = valid.reduce((best, backend) => (backend.releasedMs < best.releasedMs ? backend : best));
      oldest.loading = pressure.model;
      actions.push(this.assign(job, oldest));
    }
    return actions;
  }

  /** Requests in order of arrival take idle backends that have their models. */
  private serveWarm(): Action[] {
    const actions: Action[] = [];
    for (const job of this.waiting.slice()) {
      for (const backend of this.backends.values()) {
        if (backend.busyWith || !job.models.every((model) => holds(backend.residency, model))) continue;
        actions.push(this.assign(job, backend));
        break;
      }
    }
    return actions;
  }

  private highest(nowMs: number): Pressure | undefined {
    const idle = [...this.backends.values()].filter((backend) => !backend.busyWith);
    if (idle.length === 0) return undefined;
    const heuristic = (each: Pressure) => each.requests.length * perRequest + (nowMs - each.firstMs) / 1000;
    const loading = new Set([...this.backends.values()].map((backend) => backend.loading));
    return this.pressures()
      .filter((each) => !loading.has(each.model))
      .filter((each) => each.requests.some((request) => idle.some((backend) => able(backend, request))))
      .reduce<Pressure | undefined>(
        (best, each) => (best && heuristic(best) >= heuristic(each) ? best : each),
        undefined,
      );
  }

  private pressures(): Pressure[] {
    const byModel = new Map<string, Pressure>();
    for (const job of this.waiting) {
      const model = modelKey(job);
      const pressure = byModel.get(model) ?? { model, firstMs: this.firstMs.get(model)!, requests: [] };
      pressure.requests.push(job);
      byModel.set(model, pressure);
    }
    return [...byModel.values()];
  }

  private assign(job: VisibleJob, backend: Backend): Action {
    this.waiting = this.waiting.filter((other) => other !== job);
    if (!this.waiting.some((other) => modelKey(other) === modelKey(job))) this.firstMs.delete(modelKey(job));
    backend.busyWith = job;
    useModels(backend.residency, job.models, (model) => this.sizes.get(model)!);
    return { kind: 'run', jobId: job.id, nodeId: backend.node.id };
  }
}

function able({ node }: Backend, job: VisibleJob): boolean {
  return job.models.every((model) => node.models.includes(model));
}

function modelKey(job: VisibleJob): string {
  return job.models.join('+');
}
