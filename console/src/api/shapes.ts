/** What `/v1` answers, as far as the console reads it. */

export type JobState = 'queued' | 'delayed' | 'active' | 'succeeded' | 'failed' | 'cancelled' | 'expired';
export const jobStates: readonly JobState[] = [
  'queued',
  'delayed',
  'active',
  'succeeded',
  'failed',
  'cancelled',
  'expired',
];

export interface Wrong {
  code: string;
  message: string;
  details?: unknown;
}

export interface Output {
  graph_node: string;
  key: string;
  filename: string;
  subfolder: string;
  type: string;
  format: string;
  mime: string;
  sha256: string;
  size_bytes: number;
  url: string;
  text: string | null;
}

export interface Eta {
  start: string;
  end: string;
  end_p90: string;
}

export interface Job {
  id: string;
  state: JobState;
  /** 0–100. */
  progress: number | null;
  tenant: string;
  workflow: string | null;
  priority: number;
  labels: Record<string, string> | null;
  node_id: string | null;
  attempts: number;
  cancel_requested: boolean;
  trace_id: string | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  waiting_for: string | null;
  queue_position: number | null;
  eta: Eta | null;
  error: Wrong | null;
  outputs: Output[];
}

export interface Attempt {
  prompt_id: string;
  no: number;
  node_id: string;
  state: string;
  outcome: string | null;
  error: Wrong | null;
  created_at: string;
  running_at: string | null;
  closed_at: string | null;
}

export interface JobDetail extends Job {
  history: Attempt[];
}

export interface JobPage {
  jobs: Job[];
  next_cursor: string | null;
}

export interface NodeScore {
  node_id: string;
  cost_s: number;
  terms: Record<string, number>;
}

export interface Decision {
  id: string;
  state: JobState;
  placed:
    | (NodeScore & {
        at: string;
        attempt: number;
        behind_another: boolean;
        held_s: number;
        reserved: boolean;
        key: number;
        runners_up: NodeScore[];
      })
    | null;
  waiting: { kind: string; reason: string; details: Record<string, unknown> } | null;
  queue_position: number | null;
  eta: Eta | null;
}

export type NodeState = 'unknown' | 'probing' | 'ready' | 'suspect' | 'incompatible' | 'down';

export interface ComfyNode {
  id: string;
  url: string;
  source: string;
  state: NodeState;
  admin: 'active' | 'draining' | 'drained' | 'disabled';
  leaving: boolean;
  flags: string[];
  breaker: 'closed' | 'open' | 'half_open';
  accepts_work: boolean;
  reason: string | null;
  weight: number;
  labels: Record<string, string>;
  version: string | null;
  devices: { name: string; type: string; vram_total_bytes: number }[];
  inventory_hash: string | null;
  last_seen_at: string | null;
}

export interface MissingChoice {
  class: string;
  input: string;
  value: unknown;
  nearest?: string;
}

export interface Missing {
  classes: string[];
  models: MissingChoice[];
  loras: MissingChoice[];
  choices: MissingChoice[];
  inputs: { class: string; input: string }[];
}

export interface NodeReadiness {
  id: string;
  state: string;
  accepts_work: boolean;
  ready: boolean | null;
  missing: Missing | null;
}

export interface Readiness {
  ready: boolean;
  nodes: NodeReadiness[];
}

export interface AllReadiness {
  ready: boolean;
  workflows: (Readiness & { name: string })[];
}

export interface WorkflowSummary {
  name: string;
  title: string;
  description: string;
}

export interface Workflow extends WorkflowSummary {
  inputs: Record<string, unknown>;
  outputs: { graph_node: string; kind: string; title: string | null }[];
  requirements: {
    node_classes: string[];
    models: string[];
    loras: string[];
    choices: { class: string; input: string; value: unknown }[];
  };
  max_run_ms: number | null;
}

export interface WorkflowVersion {
  version: string;
  source: string;
  created_at: string;
  channels: string[];
}

export type Graph = Record<
  string,
  { class_type: string; inputs: Record<string, unknown>; _meta?: { title?: string } }
>;

export interface QueueSum {
  queued: number;
  delayed: number;
  active: number;
  oldest_at: string | null;
}

export interface Queue extends QueueSum {
  workflows: (QueueSum & { workflow: string | null })[];
  other_workflows: QueueSum | null;
}

export interface Minute {
  at: string;
  submitted: number;
  succeeded: number;
  failed: number;
  cancelled: number;
  expired: number;
  wait_p50_s: number | null;
  wait_p95_s: number | null;
}

export interface FailureCause {
  code: string;
  workflow: string | null;
  node_id: string | null;
  jobs: number;
  last_job_id: string;
  last_message: string | null;
  last_at: string;
}

export interface Stats {
  minutes: Minute[];
  failures: FailureCause[];
}

export interface NodeRun {
  job_id: string;
  prompt_id: string;
  workflow: string | null;
  state: string;
  outcome: string | null;
  error_code: string | null;
  placed_at: string;
  run_from: string | null;
  run_to: string | null;
  set_up_ms: number | null;
  loads_models: boolean | null;
}

export interface NodeTimeLine {
  from: string;
  to: string;
  runs: NodeRun[];
  busy_share: number;
  truncated: boolean;
}

export interface Residency {
  memory: { vram_total_bytes: number; vram_free_bytes: number } | null;
  models: {
    name: string;
    size_bytes: number | null;
    last_used_at: string | null;
    last_job_id: string | null;
    evidence: string;
  }[];
}

export interface Inventory {
  total: number;
  entries: { name: string; node_count: number; nodes: string[]; in_memory: string[]; workflows: string[] }[];
}

export interface Tenant {
  id: string;
  weight: number;
  max_queued: number | null;
  max_active: number | null;
  max_jobs_per_day: number | null;
  max_gpu_seconds_per_day: number | null;
  max_stored_bytes: number | null;
  max_uploaded_bytes_per_day: number | null;
  /** Now, each content once. */
  stored_bytes: number;
  uploaded_bytes_today: number;
}
