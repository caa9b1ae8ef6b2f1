/**
 * `npm run bench:scheduler`: what a decision costs by number of nodes, and whether it depends on how many jobs wait.
 *
 * The table of queued jobs is replaced by arithmetic (the k-th job of a class is computed, not stored), so the memory
 * printed is that of the scheduler alone, as it would be in a leader whose jobs are in Postgres.
 */
import { execFileSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import {
  createScheduler,
  decide,
  type Decision,
  type NodeSpec,
  type QueuedJob,
  type Refusal,
  type SchedulerState,
} from '../../modules/scheduling/index.js';

interface Setting {
  nodes: number;
  classes: number;
  queued: number;
}

const settings: readonly Setting[] = [
  { nodes: 10, classes: 20, queued: 10_000 },
  { nodes: 100, classes: 60, queued: 10_000 },
  { nodes: 1_000, classes: 200, queued: 10_000 },
  { nodes: 2_000, classes: 500, queued: 10_000 },
  { nodes: 2_000, classes: 500, queued: 100_000 },
  { nodes: 2_000, classes: 500, queued: 1_000_000 },
];

const warmUpDecisions = 4_000;
const batchCount = 40;
const batchDecisions = 500;
const modelsPerNode = 0.75;
const runMs = 100_000;
const loadMs = 30_000;

/** A cluster with a standing queue: each node that ends a run gets the next job, so every decision is a real one. */
class Bench {
  readonly state: SchedulerState = createScheduler();
  private readonly runs: { jobId: string; nodeId: string; runMs: number }[] = [];
  private readonly taken: number[];
  private readonly ms: number[] = [];
  private nowMs = 1_000;
  private turn = 0;

  constructor(private readonly setting: Setting) {
    this.taken = Array.from({ length: setting.classes }, () => 0);
    for (let at = 0; at < setting.nodes; at += 1) this.send({ kind: 'node', nowMs: 0, node: node(at) });
    for (let at = 0; at < setting.classes; at += 1) this.addClass(at);
  }

  private addClass(at: number): void {
    const name = `class-${at}`;
    this.send({
      kind: 'class',
      nowMs: 0,
      class: {
        id: name,
        models: [`model-${at}`],
        loras: [],
        minVramBytes: 0,
        labels: {},
        profileId: name,
        family: name,
      },
    });
    const lacking = refusals(at, this.setting.nodes);
    this.send({ kind: 'readiness', nowMs: 0, classId: name, refusals: lacking });
    this.load(name, 32);
  }

  /** Ends the run of one node after another; returns the microseconds of each decision, ascending. */
  run(decisions: number): number[] {
    this.ms.length = 0;
    for (let count = 0; count < decisions; count += 1) {
      const ended = this.runs.splice(this.turn++ % this.runs.length, 1)[0]!;
      this.nowMs += runMs / this.setting.nodes;
      const beganMs = performance.now();
      const made = decide(this.state, {
        kind: 'attempt-closed',
        nowMs: this.nowMs,
        ...ended,
        outcome: 'ok',
      });
      this.ms.push((performance.now() - beganMs) * 1000);
      this.carryOut(made);
    }
    return this.ms.toSorted((a, b) => a - b);
  }

  private send(event: Parameters<typeof decide>[1]): void {
    this.carryOut(decide(this.state, event));
  }

  private carryOut(decisions: readonly Decision[]): void {
    for (const decision of decisions) {
      if (decision.kind === 'place') {
        this.taken[classNumber(decision.classId)]! += 1;
        const { jobId, nodeId, terms } = decision;
        this.runs.push({ jobId, nodeId, runMs: runMs + (terms.switchingS > 0 ? loadMs : 0) });
      } else if (decision.kind === 'load-heads') this.load(decision.classId, decision.limit);
    }
  }

  /** The queue never empties: what is taken at the front is added at the end. */
  private load(classId: string, limit: number): void {
    const queued = Math.ceil(this.setting.queued / this.setting.classes);
    const at = classNumber(classId);
    const first = this.taken[at]!;
    const jobs = Array.from({ length: limit }, (_, offset) => this.job(at, first + offset));
    this.send({ kind: 'heads', nowMs: this.nowMs, classId, jobs, queued });
  }

  private job(cls: number, number: number): QueuedJob {
    const effKey = (number * this.setting.classes + cls) * (runMs / 1000 / this.setting.nodes);
    return {
      id: `job-${cls}-${String(number).padStart(8, '0')}`,
      classId: `class-${cls}`,
      tenantId: `tenant-${number % 50}`,
      effKey,
      creditS: 0,
      enqueuedAtMs: this.nowMs,
      workUnits: 1,
      avoidNodeIds: [],
      inputBytes: 0,
      inputsOnNodeIds: [],
    };
  }
}

function classNumber(classId: string): number {
  return Number(classId.slice('class-'.length));
}

/** Nodes without the model of the class. */
function refusals(cls: number, nodes: number): Record<string, Refusal> {
  const lacks = Array.from({ length: nodes }, (_, at) => at).filter(
    (at) => (cls * 7 + at * 13) % 100 >= modelsPerNode * 100,
  );
  return Object.fromEntries(lacks.map((at) => [`node-${at}`, { filter: 'models', detail: `model-${cls}` }]));
}

function node(at: number): NodeSpec {
  return {
    id: `node-${at}`,
    gpuClass: `gpu-${at % 3}`,
    weight: 1,
    vramBytes: 48e9,
    labels: {},
    pools: [],
    failureProbability: 0,
    accepts: true,
  };
}

function percentile(ascending: readonly number[], share: number): string {
  return ascending[Math.floor(ascending.length * share)]!.toFixed(2);
}

/** The quietest of many batches: on a busy machine the mean measures the neighbours. */
function quietest(bench: Bench): { costs: number[]; quietUs: number } {
  const batches = Array.from({ length: batchCount }, () => bench.run(batchDecisions));
  const means = batches.map((batch) => batch.reduce((sum, cost) => sum + cost, 0) / batch.length);
  return { costs: batches.flat().toSorted((a, b) => a - b), quietUs: Math.min(...means) };
}

function measure(setting: Setting): string {
  const bench = new Bench(setting);
  bench.run(warmUpDecisions);
  const { costs, quietUs } = quietest(bench);
  return [
    String(setting.nodes).padStart(5),
    String(setting.classes).padStart(8),
    String(setting.queued).padStart(9),
    quietUs.toFixed(2).padStart(9),
    percentile(costs, 0.5).padStart(8),
    percentile(costs, 0.99).padStart(8),
    (process.memoryUsage.rss() / 1e6).toFixed(0).padStart(7),
  ].join(' ');
}

/** Each setting runs in its own process: the memory of one must not hide in another's. */
const [script, chosen] = process.argv.slice(1);
if (chosen === undefined) {
  process.stdout.write('nodes  classes    queued  quiet µs   p50 µs   p99 µs  RSS MB\n');
  for (const at of settings.keys())
    execFileSync(process.execPath, [script!, String(at)], { stdio: 'inherit' });
} else {
  process.stdout.write(`${measure(settings[Number(chosen)]!)}\n`);
}
