/**
 * Runs one trace under one policy in simulated time.
 *
 * Guarantees: equal trace, policy and seed give an equal record; a node runs one job at a time, in the order handed to it;
 * the memory of a node is least recently used, bounded by its VRAM; every signal to and every order from the policy takes
 * its time, so a policy that binds late pays a round trip that one with queues at the nodes does not.
 */
import { emptyResidency, holds, useModels, type Residency } from '../../modules/scheduling/index.js';
import { EventHeap } from './event-heap.js';
import type { Action, Policy, PolicyFactory } from './policy.js';
import { stream, type Rng } from './rng.js';
import {
  type Latency,
  type Trace,
  type TraceJob,
  type TraceNode,
  visibleJob,
  visibleModel,
  visibleNode,
} from './trace.js';

const usualLatency: Latency = { signalMs: 15, orderMs: 15, turnoverMs: 0 };
const steps = 12;
/** Share of a run spent in sampler steps; the rest is decoding and saving. */
const stepShare = 0.92;
const stepJitter = 0.1;
/** As the service, which tells progress at most twice a second, and the last step. */
const tellIntervalMs = 500;

export interface JobRecord {
  job: TraceJob;
  nodeId: string;
  beganMs: number;
  loadMs: number;
  endedMs: number;
}

export interface RunRecord {
  trace: Trace;
  jobs: JobRecord[];
}

interface SimNode {
  spec: TraceNode;
  queue: TraceJob[];
  running: boolean;
  residency: Residency;
}

type Call = (policy: Policy, nowMs: number) => Action[] | undefined;

export function runTrace(trace: Trace, makePolicy: PolicyFactory, seed: number): RunRecord {
  return new Simulation(trace, makePolicy, seed).run();
}

class Simulation {
  private readonly events = new EventHeap<(nowMs: number) => void>();
  private readonly nodes: Map<string, SimNode>;
  private readonly jobs: Map<string, TraceJob>;
  private readonly models: Map<string, Trace['models'][number]>;
  private readonly records: JobRecord[] = [];
  private readonly jitter: Rng;
  private readonly policy: Policy;
  private readonly latency: Latency;

  constructor(
    private readonly trace: Trace,
    makePolicy: PolicyFactory,
    seed: number,
  ) {
    this.nodes = new Map(trace.nodes.map((spec) => [spec.id, newNode(spec)]));
    this.jobs = new Map(trace.jobs.map((job) => [job.id, job]));
    this.models = new Map(trace.models.map((model) => [model.name, model]));
    this.latency = trace.latency ?? usualLatency;
    this.jitter = stream(seed, 'steps');
    const choices = stream(seed, 'policy');
    this.policy = makePolicy({
      nodes: trace.nodes.map(visibleNode),
      models: trace.models.map(visibleModel),
      random: () => choices.next(),
    });
  }

  run(): RunRecord {
    for (const job of this.trace.jobs) {
      this.signal(job.arrivalMs, (policy, nowMs) => policy.arrived(nowMs, visibleJob(job)));
    }
    for (let next = this.events.pop(); next; next = this.events.pop()) {
      next.event(next.atMs);
      if (this.records.length === this.jobs.size) break;
    }
    if (this.records.length !== this.jobs.size)
      throw new Error(`${this.trace.name}: the policy left jobs unrun`);
    return { trace: this.trace, jobs: this.records };
  }

  private signal(atMs: number, call: Call): void {
    this.events.push(atMs + this.latency.signalMs, (nowMs) =>
      this.carryOut(nowMs, call(this.policy, nowMs) ?? []),
    );
  }

  private carryOut(nowMs: number, actions: readonly Action[]): void {
    for (const action of actions) {
      if (action.kind === 'wake') {
        this.events.push(Math.max(action.atMs, nowMs), (atMs) =>
          this.carryOut(atMs, this.policy.woken?.(atMs) ?? []),
        );
      } else {
        this.events.push(nowMs + this.latency.orderMs, (atMs) => this.order(atMs, action));
      }
    }
  }

  private order(nowMs: number, { kind, jobId, nodeId }: Exclude<Action, { kind: 'wake' }>): void {
    const node = this.nodes.get(nodeId)!;
    const job = this.jobs.get(jobId)!;
    if (kind === 'run') {
      if (!job.models.every((model) => node.spec.models.includes(model)))
        throw new Error(`${nodeId} lacks a model`);
      node.queue.push(job);
      this.begin(nowMs, node);
      return;
    }
    const at = node.queue.indexOf(job);
    if (at < 0) return;
    node.queue.splice(at, 1);
    this.signal(nowMs, (policy, atMs) => policy.withdrawn?.(atMs, nodeId, visibleJob(job)));
  }

  private begin(nowMs: number, node: SimNode): void {
    const job = node.running ? undefined : node.queue.shift();
    if (!job) return;
    node.running = true;
    const missing = job.models.filter((model) => !holds(node.residency, model));
    const { loadSlowness = 1 } = node.spec;
    const loadMs = missing.reduce((sum, model) => sum + this.models.get(model)!.loadMs, 0) * loadSlowness;
    useModels(node.residency, job.models, (model) => this.models.get(model)!.sizeBytes);
    const runMs = job.baseMs / node.spec.speed;
    const nodeId = node.spec.id;
    this.signal(nowMs, (policy, atMs) => policy.started?.(atMs, nodeId, job.id));
    this.signal(nowMs + loadMs, (policy, atMs) => policy.loaded?.(atMs, nodeId, job.id));
    if (this.policy.progressed) this.reportSteps(nowMs + loadMs, runMs, nodeId, job.id);
    this.events.push(nowMs + loadMs + runMs, (endedMs) => {
      this.records.push({ job, nodeId, beganMs: nowMs, loadMs, endedMs });
      this.signal(endedMs, (policy, atMs) => policy.ended(atMs, nodeId, job.id, loadMs + runMs));
      this.rest(endedMs, node);
    });
  }

  /** The next in its queue begins when the node has turned over. */
  private rest(endedMs: number, node: SimNode): void {
    const { turnoverMs } = this.latency;
    const turnOver = (nowMs: number): void => {
      node.running = false;
      this.begin(nowMs, node);
    };
    if (turnoverMs === 0) turnOver(endedMs);
    else this.events.push(endedMs + turnoverMs, turnOver);
  }

  private reportSteps(fromMs: number, runMs: number, nodeId: string, jobId: string): void {
    const stepMs = (runMs * stepShare) / steps;
    let toldMs = -Infinity;
    for (let step = 1; step <= steps; step += 1) {
      const late = step === steps ? 0 : this.jitter.uniform(-stepJitter, stepJitter) * stepMs;
      const atMs = fromMs + step * stepMs + late;
      if (step < steps && atMs - toldMs < tellIntervalMs) continue;
      toldMs = atMs;
      const report: Call = (policy, nowMs) => policy.progressed?.(nowMs, nodeId, jobId, step, steps);
      this.signal(atMs, report);
    }
  }
}

function newNode(spec: TraceNode): SimNode {
  return { spec, queue: [], running: false, residency: emptyResidency(spec.vramBytes) };
}
