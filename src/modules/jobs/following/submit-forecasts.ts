/**
 * What would become of a job that is not submitted: which nodes could run it, what the others lack, where it would run, when it would
 * start and end, and what that node must load. From what every replica knows or reads: inventories, the leader's last forecast, and what
 * it has learned.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { machineOf, type NodeMonitor, NodesService } from '../../nodes/index.js';
import {
  type Candidate,
  type ClassSpec,
  creditOf,
  effKeyOf,
  estimateLoadMs,
  estimateRun,
  foresee,
  type Foreseen,
  type Learned,
  loadTimesFromJson,
  readLearned,
  refusedByNode,
  runKeys,
  type RunProfile,
  runTimesOf,
} from '../../scheduling/index.js';
import {
  assumedBytesOf,
  placementNeedsOf,
  type Requirements,
  type WorkflowDefinition,
} from '../../workflows/index.js';
import { profileOf } from '../intake/run-estimates.js';
import { QueueStore } from '../record/queue/queue.store.js';
import { SchedulerStore } from '../record/queue/scheduler.store.js';
import { type ForecastDocument, Forecasts } from './forecasts.js';

/** What somebody asks about. */
export interface Thought {
  requirements: Requirements;
  /** Null for a graph. */
  definition: WorkflowDefinition | null;
  /** Size of the run in the profile's units. */
  workUnits: number;
  tenantId: string;
  priority: number;
}

/** It with what is made of it once, for all nodes. */
interface Sorted extends Thought {
  profile: RunProfile;
  cls: ClassSpec;
}

type Readiness = NonNullable<ReturnType<NodesService['readinessOf']>>;

export interface NodeOutlook {
  id: string;
  state: string;
  acceptsWork: boolean;
  /** Null while the inventory of the node is unknown. */
  ready: boolean | null;
  missing: Extract<Readiness, { ready: false }>['missing'] | null;
  /** Why its machine will not do. */
  refusal: { filter: string; detail: string } | null;
  load: { model: string; sizeBytes: number; ms: number }[];
}

export interface SubmitForecast {
  nodes: NodeOutlook[];
  /** Undefined when no node that takes work could run it, or nobody leads. */
  foreseen: Foreseen | undefined;
  queuePosition: number;
  /** Why nothing is placed at all, or nothing foreseen. */
  held: string | null;
}

const rereadMs = 2_000;

interface Estimates {
  learned: Learned;
  runTimes: ReturnType<typeof runTimesOf>;
  loadTimes: ReturnType<typeof loadTimesFromJson>;
}

@Injectable()
export class SubmitForecasts {
  private known: Promise<Estimates> | undefined;
  private readAtMs = -Infinity;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(SchedulerStore) private readonly store: SchedulerStore,
    @Inject(QueueStore) private readonly queue: QueueStore,
    @Inject(Forecasts) private readonly forecasts: Forecasts,
  ) {}

  async of(asked: Thought): Promise<SubmitForecast> {
    const thought = sorted(asked);
    const [estimates, document] = await Promise.all([this.estimates(), this.forecasts.current()]);
    const seen = this.nodes.all().map((monitor) => this.look(monitor, thought, estimates));
    const effKey = await this.keyOf(thought);
    const ahead = await this.queue.countBefore(effKey);
    const nodes = seen.map(({ node }) => node);
    const able = seen.flatMap(({ candidate }) => candidate?.(document) ?? []);
    return {
      nodes,
      foreseen: document?.nodes && foresee(newcomerOf(document, effKey, ahead), able, waitersOf(document)),
      queuePosition: ahead + 1,
      held: document ? (document.held ?? null) : 'no replica leads at the moment',
    };
  }

  private look(monitor: NodeMonitor, thought: Sorted, estimates: Estimates) {
    const { id, weight } = monitor.settings;
    const readiness = this.nodes.readinessOf(monitor, thought.requirements);
    const machine = machineOf(monitor, this.nodes.recordOf(id)?.labels);
    const spec = { id, weight, accepts: monitor.mayReceive, failureProbability: 0, ...machine };
    const refusal = refusedByNode(thought.cls, spec) ?? null;
    const load = this.loads(id, machine.gpuClass, thought, estimates);
    const node: NodeOutlook = {
      id,
      state: monitor.health.state.name,
      acceptsWork: monitor.mayReceive && weight > 0,
      ready: readiness ? readiness.ready && refusal === null : null,
      missing: readiness && !readiness.ready ? readiness.missing : null,
      refusal,
      load,
    };
    if (node.ready !== true || !node.acceptsWork) return { node };
    const loadMs = load.reduce((sum, { ms }) => sum + ms, 0);
    const run = runOn(machine.gpuClass, thought, estimates, estimates.learned.logBiases[id] ?? 0);
    return { node, candidate: candidateOf(id, loadMs, run) };
  }

  /** Of the models that the node does not hold. */
  private loads(nodeId: string, gpuClass: string, { requirements }: Thought, estimates: Estimates) {
    const { learned, loadTimes } = estimates;
    const held = new Set(learned.residency[nodeId]);
    const sizes: Record<string, number> = {
      ...assumedBytesOf(requirements),
      ...this.nodes.modelSizes.of(requirements.models),
    };
    return requirements.models
      .filter((model) => !held.has(model))
      .map((model) => {
        const sizeBytes = sizes[model] ?? 0;
        return { model, sizeBytes, ms: estimateLoadMs(loadTimes, model, gpuClass, sizeBytes) };
      });
  }

  /** Where a submit would put it now. */
  private async keyOf({ tenantId, priority }: Thought): Promise<number> {
    const creditS = creditOf(priority, this.config.SCHEDULING_CREDITS_S);
    return effKeyOf({ ...(await this.store.placeOf(tenantId)), creditS });
  }

  private async estimates(): Promise<Estimates> {
    if (this.known && performance.now() - this.readAtMs < rereadMs) return this.known;
    this.readAtMs = performance.now();
    const reading = this.read();
    this.known = reading;
    reading.catch(() => {
      if (this.known === reading) this.known = undefined;
    });
    return reading;
  }

  private async read(): Promise<Estimates> {
    const learned = readLearned(await this.store.memory());
    return { learned, runTimes: runTimesOf(learned), loadTimes: loadTimesFromJson(learned.loadTimes) };
  }
}

function sorted(thought: Thought): Sorted {
  const { requirements, definition } = thought;
  const { models, loras } = requirements;
  const profile = profileOf(requirements, definition);
  const { pool, ...needs } = placementNeedsOf(definition?.manifest);
  const cls = { id: '', models, loras, ...profile, ...needs, ...(pool !== null && { pool }) };
  return { ...thought, profile, cls };
}

function runOn(
  gpuClass: string,
  { profile, workUnits }: Sorted,
  { runTimes }: Estimates,
  logBias: number,
): { p50Ms: number; p90Ms: number } {
  const { p50Ms, p90Ms } = estimateRun(runTimes, runKeys(profile, gpuClass), workUnits);
  const slowness = Math.exp(logBias);
  return { p50Ms: p50Ms * slowness, p90Ms: p90Ms * slowness };
}

/** A node of which the leader says nothing is taken for free: it has just come. */
const candidateOf =
  (nodeId: string, loadMs: number, run: Candidate['run']) =>
  (document: ForecastDocument | undefined): Candidate => {
    const { atMs: freeAtMs, p90Ms: freeP90Ms } = document?.nodes?.[nodeId] ?? { atMs: 0, p90Ms: 0 };
    return { nodeId, freeAtMs, freeP90Ms, loadMs, run };
  };

const waitersOf = ({ waiting }: ForecastDocument) => Object.values(waiting);

/** What is before it and was not dealt out takes as long as what was, on average. */
function newcomerOf(document: ForecastDocument, effKey: number, ahead: number) {
  const dealt = waitersOf(document).filter((waiter) => waiter.effKey <= effKey);
  const runs = dealt.flatMap(({ eta }) => (eta ? eta.endMs - eta.startMs : []));
  const meanMs = runs.length === 0 ? 0 : runs.reduce((sum, ms) => sum + ms, 0) / runs.length;
  const nodes = Math.max(1, Object.keys(document.nodes ?? {}).length);
  return {
    nowMs: Date.now(),
    effKey,
    beyond: { jobs: Math.max(0, ahead - dealt.length), perJobMs: meanMs / nodes },
  };
}
