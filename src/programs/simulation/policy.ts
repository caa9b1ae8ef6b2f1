/**
 * The oracle boundary: what a policy may know. It sees requests and events, never true durations, loads or speeds; it
 * learns of everything one signal lag after it happened.
 */
import type { VisibleJob, VisibleModel, VisibleNode } from './trace.js';

export type Action =
  /** Hand the job to the node: it begins at once when the node is idle, else waits in the node's own queue. */
  | { kind: 'run'; jobId: string; nodeId: string }
  /** Take a job back that the node has not begun. */
  | { kind: 'withdraw'; jobId: string; nodeId: string }
  | { kind: 'wake'; atMs: number };

export interface VisibleCluster {
  nodes: readonly VisibleNode[];
  models: readonly VisibleModel[];
  /** One uniform number in [0, 1) per call, from the run's seed. */
  random: () => number;
}

export interface Policy {
  arrived(nowMs: number, job: VisibleJob): Action[];
  ended(nowMs: number, nodeId: string, jobId: string, runMs: number): Action[];
  woken?(nowMs: number): Action[];
  started?(nowMs: number, nodeId: string, jobId: string): Action[];
  /** Loading is over and useful work begins. */
  loaded?(nowMs: number, nodeId: string, jobId: string): Action[];
  /** Sampler steps; only sent to a policy that listens. */
  progressed?(nowMs: number, nodeId: string, jobId: string, step: number, steps: number): Action[];
  /** The answer to a `withdraw` that was in time. */
  withdrawn?(nowMs: number, nodeId: string, job: VisibleJob): Action[];
}

export type PolicyFactory = (cluster: VisibleCluster) => Policy;
