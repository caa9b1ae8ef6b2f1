import type { DeliverWish } from '../submit/new-job.js';
import { deliverIn, errorIn, type JobError, keyIn, labelsIn } from '../stored-values.js';
import type { AttemptState, JobState } from '../../domain/states.js';

/** A result file, in storage under `sha256`; filename, subfolder and type are what the node called it. */
export interface JobOutput {
  jobId: string;
  nodeId: string;
  key: string;
  index: number;
  filename: string;
  subfolder: string;
  type: string;
  /** The container, for example mp4 or png. */
  format: string;
  mime: string;
  sha256: string;
  sizeBytes: number;
  isVideo: boolean;
  raw: unknown;
  /** Its node remembered the file from an earlier run. */
  isReused: boolean;
  createdAt: Date;
}

/** A job as every door reads it. `progress` is 0–100 while it runs, 100 after success, else null. */
export interface JobView {
  id: string;
  tenantId: string;
  classId: number;
  state: JobState;
  /** The prompt has begun at its node; before that an active job is only on its way. */
  started: boolean;
  door: string;
  /** Who submitted it; null for who had no key. */
  principalId: string | null;
  workflow: string | null;
  priority: number;
  /** By which it stands in the queue. */
  effKey: number;
  labels: Record<string, string> | null;
  progress: number | null;
  error: JobError | null;
  cancelRequested: boolean;
  /** Of the request that submitted it, in a trace. */
  traceparent: string | null;
  attempts: number;
  nodeId: string | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  /** Where its results are brought; null when nobody asked for it. */
  deliver: DeliverWish | null;
  outputs: JobOutput[];
}

export interface JobRow {
  id: string;
  tenant_id: string;
  class_id: number;
  state: JobState;
  door: string;
  principal_id: string | null;
  workflow: string | null;
  priority: number;
  eff_key: number;
  labels: unknown;
  error: unknown;
  cancel_requested: boolean;
  traceparent: string | null;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  prompt_id: string | null;
  attempts: string | null;
  node_id: string | null;
  attempt_state: AttemptState | null;
  progress: number | null;
  running_at: Date | null;
  deliver: unknown;
}

export function viewOf(row: JobRow, outputs: JobOutput[]): JobView {
  const started =
    row.state === 'active' && (row.attempt_state === 'running' || row.attempt_state === 'collecting');
  return {
    id: row.id,
    tenantId: row.tenant_id,
    classId: row.class_id,
    state: row.state,
    started,
    door: row.door,
    principalId: row.principal_id,
    workflow: row.workflow,
    priority: row.priority,
    effKey: keyIn(row.eff_key),
    labels: labelsIn(row.labels),
    progress: row.state === 'succeeded' ? 100 : started ? (row.progress ?? 0) : null,
    error: errorIn(row.error),
    cancelRequested: row.cancel_requested,
    traceparent: row.traceparent,
    attempts: Number(row.attempts ?? 0),
    nodeId: row.node_id,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    deliver: deliverIn(row.deliver),
    outputs,
  };
}
