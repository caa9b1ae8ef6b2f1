/**
 * One-shot scheduling of a snapshot with the same core as `decide`: which of these jobs goes to which of these nodes now,
 * and why the others wait. For callers that keep no scheduler state; what it cannot know (loads learned, evictions, how long
 * a job was held) it takes from the snapshot or leaves out.
 *
 * Guarantees: a job is placed at most once, only on a node that accepts its class and is not on its avoid-list; a node
 * receives at most one job per call, and only if `slotsFree` is above 0; a tenant never exceeds `maxActive`; equal input
 * gives equal output.
 */
import { openForeign } from './attempts.js';
import { decide } from './decide.js';
import { explainWaiting, type WaitingReason } from './explain.js';
import { loraKey, modelNumber, setMemory } from './memory.js';
import { replaceWindow, tenantLimit } from './queue.js';
import { refreshVacancy, setReadiness, upsertClass, upsertNode } from './registry.js';
import { createScheduler, type SchedulerState } from './state.js';
import type { ClassSpec, CostTerms, Decision, Inventory, NodeSpec, QueuedJob } from './types.js';

/** A ready node as the registry sees it now. Leave out nodes that are down, draining or ejected. */
export interface NodeView {
  id: string;
  /** How many more prompts may be handed to it now; 0 for a busy node (it still counts for holding a job for it). */
  slotsFree: number;
  /** Speed relative to the reference GPU: 0.5 runs half as fast, so a run takes `estimateMs / speedFactor`. */
  speedFactor: number;
  gpuClass: string;
  /** Expected rest of the running prompt; 0 when idle. */
  runningRestMs: number;
  /** Heavy models believed to be in memory, least recently used first. */
  resident: readonly string[];
  /** LoRA set of the last prompt; a job with another set pays two seconds. */
  residentLoras?: readonly string[];
  /** Classes the node can run (models, LoRAs, node types, VRAM, labels and pools all fit). */
  feasibleClassIds: ReadonlySet<string> | ((classId: string) => boolean);
  /** Operator's preference; 1 is neutral, 2 makes the node look twice as fast, 0 takes no work. */
  weight: number;
  /** Share of recent attempts that failed through the node's fault, 0..1. */
  failureProbability: number;
}

/** A queued job at or near the head of its class. */
export interface JobHead {
  id: string;
  classId: string;
  /** Static order key in seconds; least goes first, ties by `id`. */
  effKey: number;
  /** Expected warm run time on a node with `speedFactor` 1. */
  estimateMs: number;
  /** Heavy models the job needs in memory. */
  models: readonly string[];
  loras: readonly string[];
  /** Nodes on which this job already failed. */
  avoidNodeIds: readonly string[];
  /** Time since submission. */
  ageMs: number;
  tenantId: string;
}

export interface PlaceSnapshot {
  nowMs: number;
  nodes: readonly NodeView[];
  heads: readonly JobHead[];
  /** Expected load time of a model; models not listed take 10 s. */
  loadMs?: Readonly<Record<string, number>>;
  /** Jobs running now and the allowed number, per tenant; tenants not listed are unlimited. */
  tenants?: Readonly<Record<string, { active: number; maxActive: number }>>;
}

export interface Placement {
  jobId: string;
  nodeId: string;
  terms: CostTerms;
}

export interface PlaceResult {
  placements: Placement[];
  waiting: { jobId: string; reason: WaitingReason }[];
}

export function place(snapshot: PlaceSnapshot): PlaceResult {
  const state = load(snapshot);
  const decisions = decide(state, { kind: 'tick', nowMs: snapshot.nowMs });
  const placements = decisions.flatMap(placement);
  const placed = new Set(placements.map(({ jobId }) => jobId));
  const waiting = snapshot.heads
    .filter((head) => !placed.has(head.id))
    .map((head) => ({ jobId: head.id, reason: explainWaiting(state, head.classId, head.id)! }));
  return { placements, waiting };
}

function placement(decision: Decision): Placement[] {
  if (decision.kind !== 'place') return [];
  return [{ jobId: decision.jobId, nodeId: decision.nodeId, terms: decision.terms }];
}

/** Everything is loaded before the one turn: no job is placed before all are known. */
function load(snapshot: PlaceSnapshot): SchedulerState {
  const state = createScheduler({ windowSize: snapshot.heads.length + 1, handOverMs: Infinity });
  state.nowMs = snapshot.nowMs;
  for (const [id, limit] of Object.entries(snapshot.tenants ?? {}))
    Object.assign(tenantLimit(state, id), limit);
  knowLoads(state, snapshot);
  const inventory = everything(snapshot);
  for (const node of snapshot.nodes) loadNode(state, node, inventory);
  for (const classId of new Set(snapshot.heads.map((head) => head.classId)))
    loadClass(state, snapshot, classId);
  return state;
}

function knowLoads(state: SchedulerState, { nodes, loadMs }: PlaceSnapshot): void {
  for (const gpuClass of new Set(nodes.map((node) => node.gpuClass))) {
    for (const [model, meanMs] of Object.entries(loadMs ?? {})) {
      state.loadTimes.byKey.set(`${model}@${gpuClass}`, { samples: 1, meanMs });
    }
  }
}

/** Whether a node has the files is for `feasibleClassIds` to say, so every node is given all that is asked for. */
function everything({ heads }: PlaceSnapshot): Inventory {
  return {
    hash: 'everything',
    models: new Set(heads.flatMap((head) => head.models)),
    loras: new Set(heads.flatMap((head) => head.loras)),
    nodeTypes: new Set(),
  };
}

function loadNode(state: SchedulerState, view: NodeView, inventory: Inventory): void {
  upsertNode(state, nodeSpec(view, inventory));
  const node = state.nodeById.get(view.id)!;
  if (view.slotsFree === 0 || view.runningRestMs > 0) {
    openForeign(state, node, `running on ${view.id}`, state.nowMs);
    node.running!.endMs = state.nowMs + view.runningRestMs;
    node.running!.endIsLive = view.slotsFree > 0;
  }
  const models = view.resident.map((name) => modelNumber(state, name));
  setMemory(state, node, { models, sizesBytes: models.map(() => 0) });
  node.loraKey = loraKey(view.residentLoras ?? []);
  refreshVacancy(state, node);
}

function nodeSpec(view: NodeView, inventory: Inventory): NodeSpec {
  const { id, gpuClass, speedFactor, weight, failureProbability } = view;
  return {
    id,
    gpuClass,
    speedFactor,
    weight,
    failureProbability,
    vramBytes: Infinity,
    labels: {},
    pools: [],
    inventory,
    uploadBytesPerS: Infinity,
    accepts: true,
  };
}

function loadClass(state: SchedulerState, snapshot: PlaceSnapshot, classId: string): void {
  const heads = snapshot.heads.filter((head) => head.classId === classId);
  upsertClass(state, classSpec(classId, heads[0]!));
  const refusing = snapshot.nodes.filter((node) => !accepts(node, classId));
  const refusals = Object.fromEntries(refusing.map((node) => [node.id, 'this class']));
  setReadiness(state, classId, refusals);
  const cls = state.classById.get(classId)!;
  replaceWindow(
    state,
    cls,
    heads.map((head) => queuedJob(head, snapshot.nowMs)),
    heads.length,
  );
  for (const job of cls.window) job.heldSinceMs = Math.max(1, job.spec.enqueuedAtMs);
}

function accepts({ feasibleClassIds }: NodeView, classId: string): boolean {
  return typeof feasibleClassIds === 'function' ? feasibleClassIds(classId) : feasibleClassIds.has(classId);
}

function classSpec(id: string, { models, loras }: JobHead): ClassSpec {
  return { id, models, loras, nodeTypes: [], minVramBytes: 0, labels: {}, profileId: id, family: id };
}

function queuedJob(head: JobHead, nowMs: number): QueuedJob {
  const { id, classId, tenantId, effKey, estimateMs, avoidNodeIds } = head;
  return {
    id,
    classId,
    tenantId,
    effKey,
    creditS: 0,
    enqueuedAtMs: nowMs - head.ageMs,
    workUnits: 1,
    estimateMs,
    avoidNodeIds,
    inputBytes: 0,
    inputsOnNodeIds: [],
  };
}
