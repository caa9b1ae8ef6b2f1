/**
 * One turn of filter, score, pick over what the event at hand changed.
 *
 * Guarantees: a job goes only to a free node that passes every filter; of two jobs that could use the same node, the one
 * with `effKey' > effKey + lambda x S + hold` never goes first (S: load time the other one needs there); a turn looks at the
 * changed nodes against all classes and at the changed classes against all free nodes, never at queued jobs beyond the
 * windows.
 */
import { open } from '../nodes/attempts.js';
import { othersAreAway } from '../filters/avoid.js';
import { endHold, hold, warmNodeToWaitFor } from './hold.js';
import { listCompeting, takeNearest } from '../queue/head-table.js';
import { order } from '../queue/order.js';
import { keyFloor, keyOf, noteWait } from './pick.js';
import { dequeue, eligibleJob } from '../queue/queue.js';
import { costS, scoreNode } from '../score/index.js';
import type { ClassState, Job, NodeState, SchedulerState } from '../state.js';
import type { Decision, PlaceDecision, ScoredNode } from '../types.js';

export function runRound(state: SchedulerState, decisions: Decision[]): void {
  const candidates: ClassState[] = [];
  takeIn(state, candidates);
  while (state.free.length > 0) {
    const cls = first(state, candidates);
    if (!cls) break;
    const chosen = settle(state, cls);
    if (chosen) decisions.push(take(state, chosen));
    if (state.free.length > 0) takeIn(state, candidates);
  }
  for (const cls of candidates) {
    cls.candidate = false;
    cls.bestNode = undefined;
  }
  state.heads.count = 0;
  state.freshClasses.clear();
}

function takeIn(state: SchedulerState, candidates: ClassState[]): void {
  const { freshNodes } = state;
  if (freshNodes.length === 1 && isPlain(state, freshNodes[0]!)) listCompeting(state, freshNodes[0]!);
  else for (const node of freshNodes) if (node.freeAt >= 0) offerToAll(state, node, candidates);
  state.freshNodes = [];
  if (state.freshClasses.size > 0) absorb(state, candidates);
}

/** Floors only hold where nothing but the bias is added to the key. */
function isPlain(state: SchedulerState, node: NodeState): boolean {
  if (node.freeAt < 0 || node.pinnedFor) return false;
  return state.heads.count === 0 && state.options.gamma === 0;
}

function offerToAll(state: SchedulerState, node: NodeState, candidates: ClassState[]): void {
  node.feasible.forEachCommon(state.withHeads, (index) =>
    offer(state, node, state.classes[index]!, candidates),
  );
}

/** A class that fits a node which became free competes for it. */
function offer(state: SchedulerState, node: NodeState, cls: ClassState, candidates: ClassState[]): void {
  if (cls.hold && staysHeld(state, cls, node)) return;
  if (cls.hold) state.freshClasses.add(cls);
  else if (!state.freshClasses.has(cls)) consider(state, cls, node, candidates);
}

/** A job that is held for a warm node does not look at further cold ones; another of its class may have to. */
function staysHeld(state: SchedulerState, cls: ClassState, node: NodeState): boolean {
  return !node.warm.has(cls.index) && eligibleJob(state, cls, node) === cls.hold?.job;
}

/** Classes whose first job or circumstances changed look at all free nodes anew. */
function absorb(state: SchedulerState, candidates: ClassState[]): void {
  for (let at = 0; at < state.freshClasses.size; at += 1) {
    const cls = state.freshClasses.at(at);
    cls.bestNode = undefined;
    endHold(state, cls);
    for (const node of state.free) if (cls.feasible.has(node.index)) consider(state, cls, node, candidates);
  }
  state.freshClasses.clear();
}

/** The class's candidate is the first of its jobs that some free node may take, on the cheapest such node. */
function consider(state: SchedulerState, cls: ClassState, node: NodeState, candidates: ClassState[]): void {
  const job = eligibleJob(state, cls, node);
  if (!job) return;
  const rival = cls.bestNode ? cls.bestJob : undefined;
  if (rival && rival !== job && order(rival, job) < 0) return;
  const limitS = rival === job ? cls.bestCost : Infinity;
  const cost = state.free.length === 1 ? 0 : costS(state, job, cls, node, limitS);
  if (rival === job && !better(cost, node, cls.bestCost, cls.bestNode!)) return;
  cls.bestNode = node;
  cls.bestJob = job;
  cls.bestCost = cost;
  cls.bestKey = keyFloor(state, job, cls, node);
  cls.exact = node.warm.has(cls.index);
  if (cls.candidate) return;
  cls.candidate = true;
  candidates.push(cls);
}

/** Equal costs: the node that holds least comes first (its memory costs nobody anything), then the one idle longest. */
function better(cost: number, node: NodeState, bestCost: number, best: NodeState): boolean {
  if (cost !== bestCost) return cost < bestCost;
  const held = node.residency.models.length - best.residency.models.length;
  if (held !== 0) return held < 0;
  return node.lastUsedMs < best.lastUsedMs;
}

/** The class with the least key. Keys are floors until one of them might be the least: most never are worked out. */
function first(state: SchedulerState, candidates: ClassState[]): ClassState | undefined {
  const { node } = state.heads;
  for (;;) {
    const least = firstOf(state, candidates);
    if (state.freshClasses.size === 0) {
      const nearest =
        node && node.freeAt >= 0 ? takeNearest(state, least ? least.bestKey : Infinity) : undefined;
      if (!nearest) return least;
      offer(state, node!, nearest, candidates);
    }
    absorb(state, candidates);
  }
}

/** The least among the candidates; those whose node was taken have to look for another one first. */
function firstOf(state: SchedulerState, candidates: readonly ClassState[]): ClassState | undefined {
  let least: ClassState | undefined;
  for (const cls of candidates) {
    if (!cls.bestNode || (least && !goesBefore(cls, least))) continue;
    if (cls.bestNode.freeAt < 0) {
      cls.bestNode = undefined;
      state.freshClasses.add(cls);
      continue;
    }
    if (!cls.exact) {
      cls.bestKey = keyOf(state, cls.bestJob!, cls, cls.bestNode);
      cls.exact = true;
    }
    if (!least || goesBefore(cls, least)) least = cls;
  }
  return least;
}

function goesBefore(a: ClassState, b: ClassState): boolean {
  return a.bestKey < b.bestKey || (a.bestKey === b.bestKey && order(a.bestJob!, b.bestJob!) < 0);
}

export interface Choice {
  cls: ClassState;
  job: Job;
  node: NodeState;
  key: number;
}

/** Takes the candidate, keeps it back for a warm node, or lets one that was kept back go first after all. */
function settle(state: SchedulerState, cls: ClassState): Choice | undefined {
  const { bestNode: node, bestJob: job, bestKey: key } = cls;
  if (!node || !job) return undefined;
  cls.bestNode = undefined;
  if (eligibleJob(state, cls, node) !== job) {
    // A placement of this very turn filled its tenant's limit.
    state.freshClasses.add(cls);
    return undefined;
  }
  const warm = job.pin === node ? undefined : warmNodeToWaitFor(state, job, cls, node);
  if (!warm) return overheld(state, cls, node, key) ?? { cls, job, node, key };
  hold(state, job, cls, warm);
  return undefined;
}

/** Held jobs that would be overtaken beyond their bound on a node they can use: the hold of the first of them ends. */
function overheld(
  state: SchedulerState,
  rival: ClassState,
  node: NodeState,
  rivalKey: number,
): Choice | undefined {
  if (state.held.size === 0) return undefined;
  const holdS = state.options.holdMs / 1000;
  let least: Choice | undefined;
  for (const cls of state.held) {
    const job = cls.feasible.has(node.index) ? eligibleJob(state, cls, node) : undefined;
    if (!job || keyFloor(state, job, cls, node) + holdS >= rivalKey) continue;
    const key = keyOf(state, job, cls, node);
    if (key + holdS < rivalKey && (!least || key < least.key)) least = { cls, job, node, key };
  }
  if (least) state.freshClasses.add(rival);
  return least;
}

export function take(state: SchedulerState, { cls, job, node, key }: Choice): PlaceDecision {
  const { nodeId, costS: cost, terms } = scoreNode(state, job, cls, node);
  const decision: PlaceDecision = {
    kind: 'place',
    jobId: job.spec.id,
    classId: cls.spec.id,
    tenantId: job.spec.tenantId,
    nodeId,
    slot: node.running ? 1 : 0,
    key,
    costS: cost,
    terms,
    pinned: job.pin === node,
    heldMs: job.heldSinceMs === 0 ? 0 : state.nowMs - job.heldSinceMs,
    runnersUp: runnersUp(state, job, cls, node),
    ...(othersAreAway(state, job, cls, node) && { othersAway: true }),
  };
  state.greatestStartS = Math.max(state.greatestStartS, job.spec.effKey + job.spec.creditS);
  state.greatestKey = Math.max(state.greatestKey, job.spec.effKey);
  noteWait(state, job);
  endHold(state, cls);
  dequeue(state, cls, job);
  open(state, job, cls, node);
  return decision;
}

const runnersUpLookedAt = 32;

/** The other free nodes that could have taken it, cheapest first. */
function runnersUp(state: SchedulerState, job: Job, cls: ClassState, chosen: NodeState): ScoredNode[] {
  const others: ScoredNode[] = [];
  for (let at = 0; at < state.free.length && at < runnersUpLookedAt; at += 1) {
    const node = state.free[at]!;
    if (node !== chosen && cls.feasible.has(node.index)) others.push(scoreNode(state, job, cls, node));
  }
  if (others.length < 2) return others;
  return others.toSorted((a, b) => a.costS - b.costS).slice(0, state.options.runnersUp);
}
