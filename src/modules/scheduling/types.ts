/** What enters and leaves `decide`. Times are milliseconds on one clock, order keys and costs are seconds. */

export interface NodeSpec {
  id: string;
  gpuClass: string;
  /** Operator's preference: 1 is neutral, 2 makes it look twice as fast, 0 takes no work. */
  weight: number;
  vramBytes: number;
  labels: Readonly<Record<string, string>>;
  pools: readonly string[];
  /** Share of recent attempts lost through the node's fault, 0..1. */
  failureProbability: number;
  /** False while the node is suspect, down, draining, disabled or its breaker is open. */
  accepts: boolean;
}

/** Jobs with equal needs. */
export interface ClassSpec {
  id: string;
  /** Heavy models needed in memory. */
  models: readonly string[];
  loras: readonly string[];
  /** As stated by the workflow; what runs out of memory teaches more (nodes/vram-floor.ts). */
  minVramBytes: number;
  labels: Readonly<Record<string, string>>;
  /** A node must belong to this pool; absent: any node. */
  pool?: string;
  /** Key of the run-time estimates, and the family they back off to. */
  profileId: string;
  family: string;
  workflowId?: string;
}

export interface QueuedJob {
  id: string;
  classId: string;
  tenantId: string;
  /** Static order key in virtual seconds; least goes first, ties by `id`. */
  effKey: number;
  /** Priority credit contained in `effKey`. */
  creditS: number;
  enqueuedAtMs: number;
  /** Size of the run in the profile's units (pixels x frames x steps); the estimator turns it into time. */
  workUnits: number;
  avoidNodeIds: readonly string[];
  inputBytes: number;
  /** Nodes that hold all inputs already. */
  inputsOnNodeIds: readonly string[];
  deadlineMs?: number;
}

/** Why a node cannot run a class: what refused, and what is missing, e.g. `loras`, `style.safetensors`. */
export interface Refusal {
  filter: 'models' | 'loras' | 'node-types' | 'choices' | 'inputs' | 'unseen' | 'vram' | 'labels' | 'pool';
  detail: string;
}

export type AttemptOutcome = 'ok' | 'failed' | 'oom' | 'lost' | 'withdrawn' | 'not_opened';

export type SchedulingEvent = { nowMs: number } & (
  | { kind: 'node'; node: NodeSpec; resident?: readonly string[] }
  | { kind: 'node-removed'; nodeId: string }
  /** What the files of each node say about the class, by node; replaces earlier verdicts of the class. */
  | { kind: 'readiness'; classId: string; refusals: Readonly<Record<string, Refusal>> }
  | { kind: 'residency-void'; nodeId: string }
  | { kind: 'models'; sizesBytes: Readonly<Record<string, number>> }
  | { kind: 'class'; class: ClassSpec }
  | { kind: 'class-removed'; classId: string }
  | { kind: 'tenant'; tenantId: string; maxActive: number }
  | { kind: 'workflow'; workflowId: string; maxActive: number }
  /**
   * The first jobs of a class in order; replaces its window. Which of them have arrived since the last time is seen from them.
   * `queued` counts all that wait, in memory or not; absent: as many as before, with those that came and without those that went.
   */
  | { kind: 'heads'; classId: string; jobs: readonly QueuedJob[]; queued?: number }
  /** An attempt this state did not place: the leader started, or a foreign prompt (no `job`) occupies the node. */
  | { kind: 'attempt-opened'; nodeId: string; jobId: string; job?: QueuedJob; startedAtMs: number }
  | { kind: 'attempt-started'; nodeId: string; jobId: string }
  /** Sampler steps of the whole prompt, summed over its samplers. */
  | { kind: 'progress'; nodeId: string; jobId: string; step: number; steps: number }
  /**
   * `runMs`: from execution start to end; `loadMs`: the part spent loading models, when it was observed; `uploadMs`: from the
   * placement until its inputs were on the node.
   */
  | {
      kind: 'attempt-closed';
      nodeId: string;
      jobId: string;
      outcome: AttemptOutcome;
      runMs?: number;
      loadMs?: number;
      uploadMs?: number;
    }
  | { kind: 'tick' }
  /** Things that are known at once: they are taken in one after the other, and then decided on together. */
  | { kind: 'batch'; events: readonly SchedulingEvent[] }
);

/** The cost of a job on a node, in seconds, term by term. */
export interface CostTerms {
  remainingS: number;
  switchingS: number;
  loraS: number;
  uploadS: number;
  executionS: number;
  evictionS: number;
  occupationS: number;
  hazardS: number;
}

export interface ScoredNode {
  nodeId: string;
  costS: number;
  terms: CostTerms;
}

export interface PlaceDecision extends ScoredNode {
  kind: 'place';
  jobId: string;
  classId: string;
  tenantId: string;
  slot: 0 | 1;
  /** The order key that won: effKey + lambda x switchingS, in virtual seconds. */
  key: number;
  pinned: boolean;
  heldMs: number;
  runnersUp: ScoredNode[];
  /** Its node has failed this job before, and those that have not take no work now. */
  othersAway?: true;
}

export type Decision =
  | PlaceDecision
  /** Take a handed-over prompt back from the node's queue; report the result as `attempt-closed`. */
  | { kind: 'withdraw'; jobId: string; nodeId: string; cause: 'overshoot' | 'idle-node' }
  /** Read the class's first jobs again and send `heads`; `excludeTenantIds` are at their limit. */
  | { kind: 'load-heads'; classId: string; limit: number; excludeTenantIds: string[] }
  /** Send `tick` at this time even if nothing else happens. */
  | { kind: 'wake'; atMs: number };
