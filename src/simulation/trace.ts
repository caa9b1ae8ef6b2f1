/** A workload and the cluster it runs on: what is true, of which a policy only sees `VisibleJob` and `VisibleNode`. */

export interface TraceModel {
  name: string;
  sizeBytes: number;
  /** True load time on any node. */
  loadMs: number;
}

export interface VisibleNode {
  id: string;
  gpuClass: string;
  vramBytes: number;
  models: readonly string[];
}

export interface TraceNode extends VisibleNode {
  /** True speed; a run takes `baseMs / speed`. */
  speed: number;
}

export interface VisibleJob {
  id: string;
  arrivalMs: number;
  tenantId: string;
  priority: number;
  models: readonly string[];
  profileId: string;
  /** What the request says about its size (pixels x frames x steps, up to a constant of the profile). */
  workUnits: number;
}

export interface TraceJob extends VisibleJob {
  /** True warm run time at speed 1. */
  baseMs: number;
}

export interface Trace {
  name: string;
  nodes: TraceNode[];
  models: TraceModel[];
  /** In order of arrival. */
  jobs: TraceJob[];
  /** All jobs are there at the start and only their end matters. */
  batch: boolean;
}

export function visibleJob({ baseMs: _oracle, ...job }: TraceJob): VisibleJob {
  return job;
}

export function visibleNode({ speed: _oracle, ...node }: TraceNode): VisibleNode {
  return node;
}
