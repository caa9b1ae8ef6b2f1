/** Nodes and classes come, change and go; which class fits which node is kept as bits on both sides. */
import { Bitset } from '../sets/bitset.js';
import { refusedByNode } from '../filters/index.js';
import { readiness } from '../filters/readiness.js';
import { hasVacancy } from '../filters/vacancy.js';
import { refreshCold, refreshHead } from '../queue/head-table.js';
import { forget, loraKey, modelNumber, refreshLoad, setCapacity, setMemory, setWarm } from './memory.js';
import { emptyResidency } from './residency.js';
import type { ClassState, Limit, NodeState, SchedulerState } from '../state.js';
import type { ClassSpec, NodeSpec, Refusal } from '../types.js';
import { assumedUploadBytesPerS } from './upload-rate.js';
import { floorBytes } from './vram-floor.js';

export function upsertNode(state: SchedulerState, spec: NodeSpec, resident?: readonly string[]): void {
  const node = state.nodeById.get(spec.id) ?? addNode(state, spec);
  node.spec = spec;
  node.gpu = gpuNumber(state, spec.gpuClass);
  node.speed = Math.exp(-node.logBias);
  setCapacity(state, node, spec.vramBytes);
  if (resident) {
    const models = resident.map((name) => modelNumber(state, name));
    setMemory(state, node, { models, sizesBytes: models.map((model) => state.models[model]!.sizeBytes) });
  }
  for (const cls of state.classes) if (cls) setFeasible(cls, node);
  refreshFloors(state);
  refreshVacancy(state, node);
  if (node.freeAt >= 0) state.freshNodes.push(node);
  lookAgainForAvoiding(state);
}

/** Whether a job goes back to a node that it avoids depends on what the others do. */
function lookAgainForAvoiding(state: SchedulerState): void {
  for (const cls of state.classes)
    if (cls?.window.some(({ spec }) => spec.avoidNodeIds.length > 0)) state.freshClasses.add(cls);
}

function addNode(state: SchedulerState, spec: NodeSpec): NodeState {
  const hole = state.nodes.indexOf(undefined);
  const node: NodeState = {
    index: hole < 0 ? state.nodes.length : hole,
    spec,
    gpu: 0,
    speed: 1,
    logBias: state.logBiases.get(spec.id) ?? 0,
    uploadBytesPerS: state.uploadRates.get(spec.id) ?? assumedUploadBytesPerS,
    running: undefined,
    next: undefined,
    residency: emptyResidency(spec.vramBytes),
    loraKey: '',
    lastUsedMs: 0,
    freeAt: -1,
    feasible: new Bitset(),
    warm: new Bitset(),
    pinnedFor: undefined,
  };
  state.nodes[node.index] = node;
  state.nodeById.set(spec.id, node);
  for (const cls of state.classes) if (cls) setWarm(cls, node);
  return node;
}

export function removeNode(state: SchedulerState, nodeId: string): void {
  const node = state.nodeById.get(nodeId);
  if (!node) return;
  forget(state, node);
  unpin(state, node);
  node.spec = { ...node.spec, accepts: false };
  refreshVacancy(state, node);
  for (const cls of state.classes) {
    cls?.feasible.delete(node.index);
    cls?.warm.delete(node.index);
  }
  for (const attempt of [node.running, node.next]) if (attempt) state.attempts.delete(attempt.jobId);
  state.nodes[node.index] = undefined;
  state.nodeById.delete(nodeId);
  refreshFloors(state);
  lookAgainForAvoiding(state);
}

export function unpin(state: SchedulerState, node: NodeState): void {
  if (node.pinnedFor) node.pinnedFor.pin = undefined;
  node.pinnedFor = undefined;
  state.pinned.delete(node);
  if (node.freeAt >= 0) state.freshNodes.push(node);
}

/** Brings the list of free nodes in step with the node; a node that became free is looked at in this turn. */
export function refreshVacancy(state: SchedulerState, node: NodeState): void {
  const vacant = hasVacancy(state, node);
  if (vacant === node.freeAt >= 0) return;
  for (const model of node.residency.models) state.models[model]!.freeCopies += vacant ? 1 : -1;
  if (vacant) {
    node.freeAt = state.free.push(node) - 1;
    state.freshNodes.push(node);
    return;
  }
  const last = state.free.pop()!;
  if (last !== node) {
    state.free[node.freeAt] = last;
    last.freeAt = node.freeAt;
  }
  node.freeAt = -1;
}

function gpuNumber(state: SchedulerState, gpuClass: string): number {
  const known = state.gpuClasses.indexOf(gpuClass);
  if (known >= 0) return known;
  const gpu = state.gpuClasses.push(gpuClass) - 1;
  state.loadS.push([]);
  for (let model = 0; model < state.models.length; model += 1) refreshLoad(state, model, gpu);
  for (const cls of state.classes) if (cls) refreshHead(state, cls);
  return gpu;
}

export function upsertClass(state: SchedulerState, spec: ClassSpec): void {
  const known = state.classById.get(spec.id);
  if (known) {
    known.spec = spec;
    return refit(state, known);
  }
  const hole = state.classes.indexOf(undefined);
  const cls: ClassState = {
    index: hole < 0 ? state.classes.length : hole,
    spec,
    models: spec.models.map((name) => modelNumber(state, name)),
    loraKey: loraKey(spec.loras),
    runKeys: [],
    workflow: spec.workflowId === undefined ? undefined : workflowLimit(state, spec.workflowId),
    feasible: new Bitset(),
    warm: new Bitset(),
    refusals: {},
    vramFloorBytes: 0,
    window: [],
    queued: 0,
    readAtMs: -Infinity,
    loading: false,
    complete: true,
    excluded: [],
    hold: undefined,
    candidate: false,
    bestNode: undefined,
    bestJob: undefined,
    bestCost: Infinity,
    bestKey: Infinity,
    exact: false,
  };
  state.classes[cls.index] = cls;
  state.classById.set(spec.id, cls);
  for (const model of cls.models) state.models[model]!.classes.push(cls);
  refreshCold(state, cls);
  cls.vramFloorBytes = floorBytes(state, cls);
  for (const node of state.nodes) {
    if (!node) continue;
    setFeasible(cls, node);
    setWarm(cls, node);
  }
}

/** The id stands for the needs, but what was learned about them (memory, say) may have changed. */
function refit(state: SchedulerState, cls: ClassState): void {
  for (const node of state.nodes) if (node) setFeasible(cls, node);
  state.freshClasses.add(cls);
}

export function removeClass(state: SchedulerState, classId: string): void {
  const cls = state.classById.get(classId);
  if (!cls) return;
  for (const number of cls.models) {
    const model = state.models[number]!;
    model.classes = model.classes.filter((other) => other !== cls);
    model.backlog -= cls.queued;
  }
  for (const node of state.nodes) {
    node?.feasible.delete(cls.index);
    node?.warm.delete(cls.index);
  }
  for (const job of cls.window) if (job.pin) unpin(state, job.pin);
  state.withHeads.delete(cls.index);
  state.held.delete(cls);
  state.reopening.delete(cls);
  state.freshClasses.delete(cls);
  state.touched.delete(cls);
  state.classes[cls.index] = undefined;
  state.classById.delete(classId);
}

export function setReadiness(
  state: SchedulerState,
  classId: string,
  refusals: Readonly<Record<string, Refusal>>,
): void {
  const cls = state.classById.get(classId);
  if (!cls) return;
  cls.refusals = refusals;
  refit(state, cls);
}

/** What was learned of the memory that classes need, or which nodes have it, has changed. */
export function refreshFloors(state: SchedulerState): void {
  for (const classId of state.vramFloors.keys()) {
    const cls = state.classById.get(classId);
    const bytes = cls && floorBytes(state, cls);
    if (!cls || bytes === undefined || bytes === cls.vramFloorBytes) continue;
    cls.vramFloorBytes = bytes;
    refit(state, cls);
  }
}

/** Why the node cannot run the class, whatever it is doing now. */
export function refusal(cls: ClassState, node: NodeState): Refusal | undefined {
  return readiness(cls.refusals, node.spec.id) ?? refusedByNode(needsOf(cls), node.spec);
}

function needsOf({ spec, vramFloorBytes }: ClassState): ClassSpec {
  return vramFloorBytes > spec.minVramBytes ? { ...spec, minVramBytes: vramFloorBytes } : spec;
}

function setFeasible(cls: ClassState, node: NodeState): void {
  const fits = refusal(cls, node) === undefined;
  cls.feasible.set(node.index, fits);
  node.feasible.set(cls.index, fits);
}

export function workflowLimit(state: SchedulerState, workflowId: string): Limit {
  const known = state.workflows.get(workflowId) ?? { active: 0, maxActive: Infinity };
  state.workflows.set(workflowId, known);
  return known;
}
