/**
 * A workload and the cluster it runs on. What a policy may see and what is true are types of which neither passes for the
 * other: the truth reaches no policy without going through `visibleJob`, `visibleNode` or `visibleModel`.
 */

interface Request {
  id: string;
  arrivalMs: number;
  tenantId: string;
  priority: number;
  models: readonly string[];
  profileId: string;
  /** What the request says about its size (pixels x frames x steps, up to a constant of the profile). */
  workUnits: number;
}

export interface VisibleJob extends Request {
  baseMs?: never;
  waitMs?: never;
}

export interface TraceJob extends Request {
  /** True warm run time at speed 1. */
  baseMs: number;
  /** In a recorded workload: how long it really waited until useful work began. */
  waitMs?: number;
}

interface Machine {
  id: string;
  gpuClass: string;
  vramBytes: number;
  models: readonly string[];
}

export interface VisibleNode extends Machine {
  speed?: never;
  loadSlowness?: never;
}

export interface TraceNode extends Machine {
  /** True speed; a run takes `baseMs / speed`. */
  speed: number;
  /** How many times longer it loads models than they say; 1 unless told. */
  loadSlowness?: number | undefined;
}

interface ModelFile {
  name: string;
  sizeBytes: number;
}

export interface VisibleModel extends ModelFile {
  loadMs?: never;
}

export interface TraceModel extends ModelFile {
  /** True load time, times the node's slowness. */
  loadMs: number;
}

/** What passes before anybody hears of an event, before a node begins what it was given, and between runs in its own queue. */
export interface Latency {
  signalMs: number;
  orderMs: number;
  turnoverMs: number;
}

export interface Trace {
  name: string;
  nodes: TraceNode[];
  models: TraceModel[];
  /** In order of arrival. */
  jobs: TraceJob[];
  /** All jobs are there at the start and only their end matters. */
  batch: boolean;
  /** As measured; a policy does not see it, but for its signals being late. */
  latency?: Latency;
}

export function visibleJob({ baseMs: _true, waitMs: _recorded, ...job }: TraceJob): VisibleJob {
  return job;
}

export function visibleNode({ speed: _true, loadSlowness: _slow, ...node }: TraceNode): VisibleNode {
  return node;
}

export function visibleModel({ loadMs: _true, ...model }: TraceModel): VisibleModel {
  return model;
}
