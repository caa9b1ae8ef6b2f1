/**
 * One-shot scheduling of a snapshot: which of these jobs goes to which of these nodes now, and why the others wait.
 *
 * Guarantees: a job is placed at most once, only on a node that accepts its class and is not on its avoid-list; a node
 * never receives more jobs than `slotsFree`; a tenant never exceeds `maxActive`; no job with
 * `effKey' > effKey + lambda * S` goes before a job that could have used the same node.
 */

import type { CostTerms } from './types.js';

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
  /** LoRA set of the last prompt; a job with another set pays `loraPatchMs`. */
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
  /** Expected load time of a model; models not listed take `defaultLoadMs`. */
  loadMs?: Readonly<Record<string, number>>;
  /** Jobs running now and the allowed number, per tenant; tenants not listed are unlimited. */
  tenants?: Readonly<Record<string, { active: number; maxActive: number }>>;
}

export interface Placement {
  jobId: string;
  nodeId: string;
  terms: CostTerms;
}

export type WaitingReason =
  | { kind: 'no-feasible-node' }
  | { kind: 'failed-on-every-node' }
  | { kind: 'all-busy'; nextFreeInMs: number }
  | { kind: 'held'; nodeId: string; freeInMs: number }
  | { kind: 'tenant-limit'; active: number; maxActive: number };

export interface PlaceResult {
  placements: Placement[];
  waiting: { jobId: string; reason: WaitingReason }[];
}

const lambda = 8;
const holdMs = 10_000;
const loraPatchS = 2;
const defaultLoadMs = 20_000;

/** Decides the whole snapshot at once. Equal input gives equal output. */
export function place(snapshot: PlaceSnapshot): PlaceResult {
  const free = new Map(snapshot.nodes.map((node) => [node.id, node.weight > 0 ? node.slotsFree : 0]));
  const active = new Map(Object.entries(snapshot.tenants ?? {}).map(([id, tenant]) => [id, tenant.active]));
  const pending = new Set(snapshot.heads);
  const placements: Placement[] = [];
  for (;;) {
    const next = best([...pending], snapshot, free, active);
    if (!next) break;
    pending.delete(next.head);
    placements.push({ jobId: next.head.id, nodeId: next.node.id, terms: next.terms });
    free.set(next.node.id, (free.get(next.node.id) ?? 0) - 1);
    active.set(next.head.tenantId, (active.get(next.head.tenantId) ?? 0) + 1);
  }
  const waiting = [...pending].map((head) => ({ jobId: head.id, reason: reasonFor(head, snapshot, active) }));
  return { placements, waiting };
}

interface Candidate {
  head: JobHead;
  node: NodeView;
  terms: CostTerms;
  key: number;
}

function best(
  heads: JobHead[],
  snapshot: PlaceSnapshot,
  free: ReadonlyMap<string, number>,
  active: ReadonlyMap<string, number>,
): Candidate | undefined {
  let found: Candidate | undefined;
  for (const head of heads) {
    if (limitOf(head, snapshot, active)) continue;
    const node = cheapest(head, snapshot, (candidate) => (free.get(candidate.id) ?? 0) > 0);
    if (!node || warmNodeWorthWaiting(head, node, snapshot)) continue;
    const terms = termsOf(head, node, snapshot);
    const key = head.effKey + lambda * terms.switchingS;
    if (!found || key < found.key || (key === found.key && head.id < found.head.id)) {
      found = { head, node, terms, key };
    }
  }
  return found;
}

function cheapest(head: JobHead, snapshot: PlaceSnapshot, accepts: (node: NodeView) => boolean) {
  let found: NodeView | undefined;
  let least = Infinity;
  for (const node of feasible(head, snapshot).filter(accepts)) {
    const cost = total(termsOf(head, node, snapshot));
    if (cost < least) [found, least] = [node, cost];
  }
  return found;
}

function feasible(head: JobHead, snapshot: PlaceSnapshot): NodeView[] {
  return snapshot.nodes.filter((node) => canRun(node, head.classId) && !head.avoidNodeIds.includes(node.id));
}

function canRun({ feasibleClassIds }: NodeView, classId: string): boolean {
  return typeof feasibleClassIds === 'function' ? feasibleClassIds(classId) : feasibleClassIds.has(classId);
}

function termsOf(head: JobHead, node: NodeView, snapshot: PlaceSnapshot): CostTerms {
  const loads = head.models.filter((model) => !node.resident.includes(model));
  const executionS = head.estimateMs / 1000 / Math.max(1e-3, node.speedFactor * node.weight);
  const sameLoras = head.loras.join('\n') === (node.residentLoras ?? []).join('\n');
  return {
    remainingS: node.runningRestMs / 1000,
    switchingS: loads.reduce((sum, model) => sum + (snapshot.loadMs?.[model] ?? defaultLoadMs) / 1000, 0),
    loraS: sameLoras ? 0 : loraPatchS,
    uploadS: 0,
    executionS,
    evictionS: 0,
    hazardS: node.failureProbability * executionS,
  };
}

function total(terms: CostTerms): number {
  return Object.values(terms).reduce((sum: number, term: number) => sum + term, 0);
}

/** A job younger than the hold may wait for a busy node that has its models when that node still ends it sooner. */
function warmNodeWorthWaiting(head: JobHead, node: NodeView, snapshot: PlaceSnapshot): NodeView | undefined {
  const terms = termsOf(head, node, snapshot);
  if (terms.switchingS === 0 || head.ageMs >= holdMs) return undefined;
  const warm = cheapest(
    head,
    snapshot,
    (busy) => busy.slotsFree === 0 && termsOf(head, busy, snapshot).switchingS === 0,
  );
  return warm && total(termsOf(head, warm, snapshot)) < total(terms) ? warm : undefined;
}

function limitOf(head: JobHead, snapshot: PlaceSnapshot, active: ReadonlyMap<string, number>) {
  const maxActive = snapshot.tenants?.[head.tenantId]?.maxActive;
  const now = active.get(head.tenantId) ?? 0;
  return maxActive !== undefined && now >= maxActive ? { active: now, maxActive } : undefined;
}

function reasonFor(
  head: JobHead,
  snapshot: PlaceSnapshot,
  active: ReadonlyMap<string, number>,
): WaitingReason {
  const able = snapshot.nodes.filter((node) => canRun(node, head.classId));
  if (able.length === 0) return { kind: 'no-feasible-node' };
  const nodes = feasible(head, snapshot);
  if (nodes.length === 0) return { kind: 'failed-on-every-node' };
  const limit = limitOf(head, snapshot, active);
  if (limit) return { kind: 'tenant-limit', ...limit };
  const idle = cheapest(head, snapshot, (node) => node.slotsFree > 0);
  const warm = idle && warmNodeWorthWaiting(head, idle, snapshot);
  if (warm) return { kind: 'held', nodeId: warm.id, freeInMs: warm.runningRestMs };
  return { kind: 'all-busy', nextFreeInMs: Math.min(...nodes.map((node) => node.runningRestMs)) };
}
