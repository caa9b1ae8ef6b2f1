/**
 * What the leader keeps in memory: nodes, classes with the first jobs of each, and what was learned. Its size grows with
 * nodes and classes, never with queued jobs. `decide` advances it in place; nothing else may write to it.
 *
 * Nodes, classes, models and GPU classes are numbered densely so that "which classes fit this node" and "which nodes hold
 * this class's models" are bitsets.
 */
import { Bitset } from './sets/bitset.js';
import { newLoadTimes, type LoadTimes } from './estimator/load-time.js';
import { newRunTimes, type RunTimes } from './estimator/run-time.js';
import { newTails, type Tails } from './estimator/tails.js';
import type { LiveRun } from './estimator/live-run.js';
import { defaultOptions, type SchedulingOptions } from './options.js';
import { NumberedSet } from './sets/numbered-set.js';
import type { Residency } from './nodes/residency.js';
import type { ClassSpec, NodeSpec, QueuedJob, Refusal } from './types.js';

export interface Job {
  spec: QueuedJob;
  /** Expected warm run time in seconds at speed 1, per GPU class number; filled by estimate.ts. */
  estimateS: number[];
  tenant: Limit;
  /** When it was first kept back for a warm node; 0: never. */
  heldSinceMs: number;
  pin: NodeState | undefined;
}

export interface Attempt {
  jobId: string;
  /** Absent for a foreign prompt. */
  job: Job | undefined;
  cls: ClassState | undefined;
  placedAtMs: number;
  /** When its node was expected to begin it. */
  dueMs: number;
  startedAtMs: number;
  /** Its node said that it runs. */
  begun: boolean;
  /** Seconds expected before useful work begins (load, patch, upload). */
  setUpS: number;
  /** Of its inputs, those that were not on the node. */
  uploadBytes: number;
  /** Models that had to be loaded for it. */
  loading: number[];
  patched: boolean;
  /** Expected end; `endIsLive` when its own progress tells it. */
  endMs: number;
  endIsLive: boolean;
  live: LiveRun | undefined;
  withdrawing: boolean;
  /** The node's memory as it was before, should the attempt never begin. */
  before: { models: number[]; sizesBytes: number[]; loraKey: string };
}

export interface NodeState {
  index: number;
  spec: NodeSpec;
  gpu: number;
  /** Against the others of its GPU class, as learned; divides run times. */
  speed: number;
  /** Learned mean of log(actual / estimated) on this node. */
  logBias: number;
  /** As measured by transfers of inputs. */
  uploadBytesPerS: number;
  running: Attempt | undefined;
  /** Slot 1: posted, waiting in the node's own queue. */
  next: Attempt | undefined;
  residency: Residency<number>;
  loraKey: string;
  lastUsedMs: number;
  /** Position among the free nodes; -1: not free. */
  freeAt: number;
  /** Classes the node can run, and those whose models it holds. */
  feasible: Bitset;
  warm: Bitset;
  pinnedFor: Job | undefined;
}

export interface ClassState {
  index: number;
  spec: ClassSpec;
  models: number[];
  loraKey: string;
  /** Per GPU class number; filled by estimate.ts. */
  runKeys: (readonly string[])[];
  workflow: Limit | undefined;
  /** Nodes that can run it, and those that hold its models. */
  feasible: Bitset;
  warm: Bitset;
  /** What the files of nodes lack, by node. */
  refusals: Readonly<Record<string, Refusal>>;
  /** Memory that a node must have by what was learned (nodes/vram-floor.ts); 0: nothing was. */
  vramFloorBytes: number;
  /** First jobs in (effKey, id) order. */
  window: Job[];
  queued: number;
  /** When the window was told last; -Infinity: never. */
  readAtMs: number;
  /** Set while `load-heads` is under way. */
  loading: boolean;
  /** No job outside the window could enter it, but those of excluded tenants. */
  complete: boolean;
  /** Tenants at their limit left out of the window. */
  excluded: readonly string[];
  /** The job kept back and the warm node it is kept for. */
  hold: { job: Job; node: NodeState } | undefined;
  /** Scratch of one round: the best free node for its first eligible job. */
  candidate: boolean;
  bestNode: NodeState | undefined;
  bestJob: Job | undefined;
  bestCost: number;
  bestKey: number;
  /** False while `bestKey` is only a floor of the key. */
  exact: boolean;
}

export interface ModelState {
  name: string;
  sizeBytes: number;
  classes: ClassState[];
  /** Arrivals per second of jobs that need it, decayed over the eviction horizon. */
  ratePerS: number;
  rateAtMs: number;
  backlog: number;
  copies: number;
  /** Mean of the expected runs, loads left out, of the jobs placed lately that need it, in seconds; 0: none was. */
  runS: number;
  /** Of its copies, those on nodes that may take a prompt now. */
  freeCopies: number;
}

/** See nodes/vram-floor.ts. */
export interface VramFloor {
  /** The most memory with which it failed. */
  failedBytes: number;
  failures: number;
  lastMs: number;
}

export interface Limit {
  active: number;
  maxActive: number;
}

/** See head-table.ts. */
export interface HeadTable {
  effKey: Float64Array;
  /** Per GPU class: expected run time of the head at speed 1, and the least it loads on a node that is not warm. */
  runS: Float64Array[];
  coldS: Float64Array[];
  /** The classes that compete for `node` in this turn and have not been looked at, with the floors of their keys. */
  node: NodeState | undefined;
  count: number;
  competing: Int32Array;
  floor: Float64Array;
}

export interface SchedulerState {
  options: SchedulingOptions;
  nowMs: number;
  /** V as last computed (virtual-time.ts), and the greatest start tag dispatched so far. */
  virtualS: number;
  greatestStartS: number;
  /** Virtual seconds per second (virtual-time.ts), and when it was last brought up to date. */
  pace: number;
  paceAtMs: number;
  paceAtS: number;
  /** Greatest order key dispatched so far: how far behind it a waiting job is, is how far it was overtaken. */
  greatestKey: number;
  nodes: (NodeState | undefined)[];
  nodeById: Map<string, NodeState>;
  /** Nodes that may take a prompt now, and the same as a set. */
  free: NodeState[];
  /** What the event at hand changed: only these are looked at. */
  freshNodes: NodeState[];
  freshClasses: NumberedSet<ClassState>;
  /** Classes whose window may have to be filled up. */
  touched: NumberedSet<ClassState>;
  classes: (ClassState | undefined)[];
  classById: Map<string, ClassState>;
  withHeads: Bitset;
  heads: HeadTable;
  held: Set<ClassState>;
  /** Classes whose windows are about to take in tenants that were left out. */
  reopening: Set<ClassState>;
  /** When each job was first kept back that has not ended: it may leave and come back, and its hold is not begun anew. */
  heldSinceMs: Map<string, number>;
  models: ModelState[];
  modelByName: Map<string, number>;
  gpuClasses: string[];
  /** Expected load time in seconds, by GPU class then model. */
  loadS: number[][];
  tenants: Map<string, Limit>;
  workflows: Map<string, Limit>;
  attempts: Map<string, NodeState>;
  pinned: Set<NodeState>;
  runTimes: RunTimes;
  loadTimes: LoadTimes;
  tails: Tails;
  /** Of nodes that were restored and have not come up yet. */
  logBiases: Map<string, number>;
  uploadRates: Map<string, number>;
  /** By class. */
  vramFloors: Map<string, VramFloor>;
  wakeAtMs: number;
  /** Mean wait of the jobs placed lately, and the bound on what warm work may gain that follows from it (round/pick.ts). */
  waitS: number;
  loadBiasMaxS: number;
  /** Of `least-queue` alone: where each waiting job is bound to, and the node that was bound to last. */
  lines: { nodeOf: Map<string, NodeState>; lastIndex: number };
}

export function createScheduler(
  options: Partial<SchedulingOptions> = {},
  learned: { runTimes?: RunTimes; loadTimes?: LoadTimes; tails?: Tails } = {},
): SchedulerState {
  const all = { ...defaultOptions, ...options };
  return {
    options: all,
    nowMs: 0,
    virtualS: 0,
    greatestStartS: 0,
    pace: 1,
    paceAtMs: 0,
    paceAtS: 0,
    greatestKey: -Infinity,
    nodes: [],
    nodeById: new Map(),
    free: [],
    freshNodes: [],
    freshClasses: new NumberedSet(),
    touched: new NumberedSet(),
    classes: [],
    classById: new Map(),
    withHeads: new Bitset(),
    heads: newHeadTable(),
    held: new Set(),
    reopening: new Set(),
    heldSinceMs: new Map(),
    models: [],
    modelByName: new Map(),
    gpuClasses: [],
    loadS: [],
    tenants: new Map(),
    workflows: new Map(),
    attempts: new Map(),
    pinned: new Set(),
    runTimes: learned.runTimes ?? newRunTimes(),
    loadTimes: learned.loadTimes ?? newLoadTimes(),
    tails: learned.tails ?? newTails(),
    logBiases: new Map(),
    uploadRates: new Map(),
    vramFloors: new Map(),
    wakeAtMs: Infinity,
    waitS: 0,
    loadBiasMaxS: Math.min(all.calmBiasS, all.maxBiasS),
    lines: { nodeOf: new Map(), lastIndex: -1 },
  };
}

function newHeadTable(): HeadTable {
  return {
    effKey: new Float64Array(64),
    runS: [],
    coldS: [],
    node: undefined,
    count: 0,
    competing: new Int32Array(64),
    floor: new Float64Array(64),
  };
}
