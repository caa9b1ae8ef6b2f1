/** Why a job waits: the one reason an operator can act on, most fundamental first. */
import { avoids } from '../filters/avoid.js';
import { takesWork } from '../filters/vacancy.js';
import { atLimit } from '../filters/limit.js';
import { refusal } from '../nodes/registry.js';
import { keptFor } from '../round/reserve.js';
import { remainingS } from '../score/remaining.js';
import type { ClassState, Job, NodeState, SchedulerState } from '../state.js';
import type { Refusal } from '../types.js';

export type WaitingReason =
  | { kind: 'no-feasible-node'; refusals: (Refusal & { nodes: number })[] }
  | { kind: 'no-node-accepts'; nodes: number }
  | { kind: 'tenant-limit'; active: number; maxActive: number }
  | { kind: 'workflow-limit'; active: number; maxActive: number }
  | { kind: 'held'; nodeId: string; freeInMs: number; heldForMs: number; holdMs: number }
  | { kind: 'reserved'; nodes: number }
  | { kind: 'all-busy'; nodes: number; nextFreeInMs: number }
  /** A node is free: the job will be looked at in the next turn, or others come first. */
  | { kind: 'in-turn' };

/** `jobId` may lie outside the window: what holds for its class holds for it. Undefined: unknown class. */
export function explainWaiting(
  state: SchedulerState,
  classId: string,
  jobId: string,
): WaitingReason | undefined {
  const cls = state.classById.get(classId);
  if (!cls) return undefined;
  const job = cls.window.find((each) => each.spec.id === jobId);
  return permanent(state, cls, job) ?? limited(cls, job) ?? held(state, cls, job) ?? busy(state, cls, job);
}

function able(state: SchedulerState, cls: ClassState): NodeState[] {
  return state.nodes.filter((node) => node !== undefined && cls.feasible.has(node.index)) as NodeState[];
}

function permanent(state: SchedulerState, cls: ClassState, job: Job | undefined): WaitingReason | undefined {
  const nodes = able(state, cls);
  if (nodes.length === 0) return { kind: 'no-feasible-node', refusals: refusalsOf(state, cls) };
  const untried = job ? nodes.filter((node) => !avoids(state, job, cls, node)) : nodes;
  const accepting = untried.filter(({ spec }) => takesWork(spec));
  return accepting.length === 0 ? { kind: 'no-node-accepts', nodes: untried.length } : undefined;
}

/** The refusals of all nodes, most frequent first. */
export function refusalsOf(state: SchedulerState, cls: ClassState): (Refusal & { nodes: number })[] {
  const counted = new Map<string, Refusal & { nodes: number }>();
  for (const node of state.nodes) {
    const found = node && refusal(cls, node);
    if (!found) continue;
    const key = `${found.filter}\n${found.detail}`;
    counted.set(key, { ...found, nodes: (counted.get(key)?.nodes ?? 0) + 1 });
  }
  return [...counted.values()].toSorted((a, b) => b.nodes - a.nodes);
}

function limited(cls: ClassState, job: Job | undefined): WaitingReason | undefined {
  if (cls.workflow && atLimit(cls.workflow)) return { kind: 'workflow-limit', ...cls.workflow };
  if (job && atLimit(job.tenant)) return { kind: 'tenant-limit', ...job.tenant };
  return undefined;
}

function held(state: SchedulerState, cls: ClassState, job: Job | undefined): WaitingReason | undefined {
  if (!job || cls.hold?.job !== job) return undefined;
  return {
    kind: 'held',
    nodeId: cls.hold.node.spec.id,
    freeInMs: remainingS(state, cls.hold.node) * 1000,
    heldForMs: state.nowMs - job.heldSinceMs,
    holdMs: state.options.holdMs,
  };
}

function busy(state: SchedulerState, cls: ClassState, job: Job | undefined): WaitingReason {
  const nodes = able(state, cls).filter(
    (node) => node.spec.accepts && !(job && avoids(state, job, cls, node)),
  );
  const free = nodes.filter((node) => node.freeAt >= 0);
  if (free.length === 0) {
    const nextFreeInMs = Math.min(...nodes.map((node) => remainingS(state, node))) * 1000;
    return { kind: 'all-busy', nodes: nodes.length, nextFreeInMs };
  }
  const reserved = job ? free.filter((node) => keptFor(node, job)).length : 0;
  return reserved === free.length ? { kind: 'reserved', nodes: reserved } : { kind: 'in-turn' };
}

/** One sentence for a person. */
export function describeWaiting(reason: WaitingReason): string {
  switch (reason.kind) {
    case 'no-feasible-node':
      return reason.refusals.length === 0
        ? 'no node is known'
        : reason.refusals.map(describeRefusal).join('; ');
    case 'no-node-accepts':
      return `no node that can run it takes work now (${reason.nodes} known)`;
    case 'tenant-limit':
      return `the tenant runs ${reason.active} of ${reason.maxActive} allowed jobs`;
    case 'workflow-limit':
      return `the workflow runs ${reason.active} of ${reason.maxActive} allowed jobs`;
    case 'held':
      return `held ${seconds(reason.heldForMs)} of at most ${seconds(reason.holdMs)} for warm node ${reason.nodeId}`;
    case 'reserved':
      return 'free nodes are kept for jobs that waited longer';
    case 'all-busy':
      return `all ${reason.nodes} nodes that can run it are busy, the next for about ${duration(reason.nextFreeInMs)}`;
    case 'in-turn':
      return 'about to be placed';
  }
}

const nouns: Record<Refusal['filter'], string> = {
  models: 'has model',
  loras: 'has LoRA',
  'node-types': 'has node type',
  vram: 'has memory of',
  labels: 'has label',
  pool: 'is in pool',
  choices: 'offers',
  inputs: 'has input',
  unseen: 'has told',
};

function describeRefusal({ filter, detail, nodes }: Refusal & { nodes: number }): string {
  return `no node ${nouns[filter]} ${detail} (${nodes} checked)`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

function duration(ms: number): string {
  return ms < 90_000 ? seconds(ms) : `${Math.round(ms / 60_000)} min`;
}
