/** What goes into and comes out of `AttemptsStore`. */
import type { Disposition } from '../../domain/retry.js';
import type { AttemptOutcome, AttemptState } from '../../domain/states.js';
import type { AssetInput } from '../submit/new-job.js';
import type { JobError } from '../stored-values.js';

export interface Placement {
  jobId: string;
  promptId: string;
  nodeId: string;
  slot: number;
  owner: string;
  /** Why this node, for the record: terms and runners-up. */
  decision: unknown;
  /** What the scheduler expects of the run, loading included; null when it did not say. */
  expectedMs: number | null;
  /** Whether models have to be loaded for it. */
  loadsModels: boolean | null;
}

/** An open attempt with what its owner needs to run it. */
export interface OpenAttempt {
  promptId: string;
  jobId: string;
  nodeId: string;
  /** False once an operator took the node from the registry. */
  nodeRegistered: boolean;
  /** Which of the node's two places it takes; either may be the one that runs. */
  slot: number;
  owner: string;
  ver: number;
  state: AttemptState;
  /** The scheduler wants it back unless it runs. */
  withdrawRequested: boolean;
  /** As the scheduler expected of the run when it placed it, loading included. */
  expectedMs: number | null;
  /** Of what was known of its node when it was placed there. */
  nodeVersion: number | null;
  /** The node had failed this job before, and those that had not took no work. */
  othersAway: boolean;
  sendDeadline: Date | null;
  createdAt: Date;
  /** The same by `performance.now()` of this process: the wall clock of a replica need not be the database's. */
  madeMs: number;
  acceptedAt: Date | null;
  runningAt: Date | null;
  collectingAt: Date | null;
  /** How long it had run, or waited in the node's own queue, when it was read, by the database's clock; null in other states. */
  atNodeForMs: number | null;
  progress: number | null;
  cancelRequested: boolean;
  attemptsJob: number;
  attemptsInfra: number;
  runLimitMs: number | null;
  workflow: string | null;
  tenantId: string;
  classId: number;
  profileId: string;
  /** When the job was submitted. */
  queuedAt: Date;
  /** Of the request that submitted the job. */
  traceparent: string | null;
}

/** A closed attempt that may have succeeded all the same, while its job goes on. */
export interface LateAttempt extends OpenAttempt {
  state: 'closed';
}

/** The open attempt that a late success has closed. */
export interface Superfluous {
  nodeId: string;
  owner: string;
  outcome: AttemptOutcome;
}

/** An open attempt without a living owner, as it was seen. */
export interface Orphan {
  promptId: string;
  nodeId: string;
  ver: number;
}

/** An open attempt as the leader sees it, whoever owns it. */
export interface OpenSlot {
  promptId: string;
  jobId: string;
  nodeId: string;
  slot: number;
  /** Its run is over: it holds no slot, only the node's network. */
  collecting: boolean;
  /** Null until the node began the run. */
  runningForMs: number | null;
}

/** How an attempt ended, or that its run has. */
export interface AttemptEnd {
  promptId: string;
  /** Null while its files are fetched. */
  outcome: AttemptOutcome | null;
  began: boolean;
  runMs: number | null;
  setUpMs: number | null;
  /** From the placement until its inputs were on the node; null when it did not come to that. */
  uploadMs: number | null;
  /** It ended because its node is another one than the leader knew. */
  nodeChanged: boolean;
}

/** By the node's clock and events: the whole run, and the part of it before the samplers worked. */
export interface RunTime {
  runMs: number | null;
  setUpMs: number | null;
}

export interface AttemptInput {
  templateDefinition: string | null;
  params: string | null;
  graph: string | null;
  assets: AssetInput[];
  extraData: string | null;
  /** Sealed JSON that is merged into the extra data. */
  secrets: Buffer | null;
}

export interface NewOutput {
  nodeId: string;
  key: string;
  filename: string;
  subfolder: string;
  type: string;
  container: string;
  isVideo: boolean;
  mime: string;
  sha256: string;
  sizeBytes: number;
  raw: unknown;
  /** Its node remembered the file from an earlier run. */
  isReused?: boolean;
}

/** What the record tells about a job's closed attempts, for the decision what comes next. */
export interface AttemptHistory {
  /** Runs that ended with their node. */
  runsLost: number;
  nodesLostWhileRunning: string[];
  nodesMissingDependency: string[];
  timeouts: number;
}

export interface Ending {
  outcome: AttemptOutcome;
  disposition: Disposition;
  error: JobError | null;
  outputs: NewOutput[];
  run: RunRecord | null;
  /** By the node's clock, where it told. */
  runMs?: number | null;
}

/** The node's words about a run it ended, as JSON texts under the job's id; kept for jobs that came as ComfyUI prompts. */
export interface RunRecord {
  outputs: string;
  messages: string;
  meta: string;
  /** By the node's clock, epoch milliseconds. */
  startedAtMs: number | null;
  endedAtMs: number | null;
}
