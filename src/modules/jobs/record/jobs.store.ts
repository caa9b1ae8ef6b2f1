/**
 * The record of jobs. Each method is one statement, so that what it promises holds at any crash; the comments say what
 * a statement locks. Moves of attempts are in attempts.store.ts.
 */
import { Inject, Injectable } from '@nestjs/common';
import { DatabaseError, Pool } from 'pg';
import { storedMs, storedMsOrNull, storedWork } from './bounds.js';
import { insertSql } from './insert-statement.js';
import { correctedBy, refund } from './tenant-charge.js';
import type { JobState } from '../domain/states.js';
import type { JobOutput, JobRow, JobView } from './jobs.view.js';
import { firstKnown, type RecordHalf, sameDay } from './record-halves.js';
import { viewOf } from './jobs.view.js';

/** What a caller named a request, and the fingerprint of its body. */
export interface IdempotencyKey {
  key: string;
  requestHash: string;
}

export interface NewJob {
  id: string;
  tenantId: string;
  classId: number;
  door: string;
  workflow: string | null;
  priority: number;
  /** Virtual seconds by which its place in the queue lies before that of an ordinary job. */
  creditS: number;
  /** Expected run, and its size in the profile's units. */
  estimateMs: number;
  workUnits: number;
  deadline: Date | null;
  /** Longest run; null takes the service's limit. */
  runLimitMs: number | null;
  labels: Record<string, string> | null;
  /** Of the request that submitted it. */
  traceparent: string | null;
  /** Under which a repetition of the request finds the job again. */
  idempotency: IdempotencyKey | null;
  prompt: NewPrompt | null;
  webhook: NewWebhook | null;
  input: {
    templateHash: string | null;
    params: string | null;
    graph: string | null;
    assets: AssetInput[];
    extraData: string | null;
  };
}

/** Whom to tell when the job has ended. */
export interface NewWebhook {
  url: string;
  /** Of the links in what is told. */
  baseUrl: string;
  /** Sealed. */
  secret: Buffer | null;
}

/** What a ComfyUI client said with its prompt beside the graph. */
export interface NewPrompt {
  place: string;
  clientId: string | null;
  /** Lower runs first among waiting prompts; null takes the next place. */
  number: number | null;
  /** Ahead of everything that waits. */
  front: boolean;
  /** Ids of the output nodes that run. */
  targets: string[];
  workflowId: string | null;
  secrets: Buffer | null;
}

/** An input file of a job and the literal of the graph that its name on the node replaces. */
export interface AssetInput {
  node: string;
  field: string;
  sha256: string;
}

export interface NewClass {
  hash: string;
  requirements: unknown;
  models: string[];
  loras: string[];
  nodeTypes: string[];
  minVramBytes: number;
  workflow: string | null;
  /** What a node's own labels must say, and the pool it must belong to. */
  labels: Record<string, string>;
  pool: string | null;
  profileId: string;
}

export interface JobFilter {
  state?: JobState;
  workflow?: string;
  /** Jobs submitted before this one: the last id of the page before. */
  before?: string;
  limit: number;
}

const columns = `j.id, j.tenant_id, j.class_id, j.state, j.door, j.workflow, j.priority, j.labels, j.error, j.cancel_requested,
  j.attempts_job, j.attempts_infra, j.traceparent, j.created_at, j.started_at, j.finished_at,
  a.prompt_id, a.attempts, a.node_id, a.state AS attempt_state, a.progress, a.running_at`;
/** The one that succeeded, else the newest: a late success is older than the attempt that it made superfluous. */
const latestAttempt = (half: RecordHalf): string =>
  `LEFT JOIN LATERAL (SELECT *, count(*) OVER () AS attempts FROM ${half}attempt a WHERE a.job_id = j.id ${sameDay(half, 'a', 'j')}
    ORDER BY a.outcome IS NOT DISTINCT FROM 'ok' DESC, a.no DESC LIMIT 1) a ON TRUE`;
/** The newest of one half; what is $1 and so on is said at `list`. */
const pageOf = (half: RecordHalf): string => `
  (SELECT ${columns} FROM ${half}job j ${latestAttempt(half)}
   WHERE ($1::job_state IS NULL OR j.state = $1) AND ($2::text IS NULL OR j.workflow = $2) AND ($3::uuid IS NULL OR j.id < $3)
   ORDER BY j.id DESC LIMIT $4)`;

const madeFor = (half: RecordHalf): string =>
  `EXISTS (SELECT FROM ${half}job j WHERE j.id = o.job_id ${sameDay(half, 'j', 'o')} AND j.door = $4)`;

@Injectable()
export class JobsStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** Returns the id of the class with this hash, creating it once. */
  async ensureClass(wanted: NewClass): Promise<number> {
    const { rows } = await this.pool.query<{ id: number }>(
      `WITH made AS (
         INSERT INTO sched_class (hash, requirements, models, loras, node_types, profile_id, min_vram_bytes, workflow, labels, pool)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (hash) DO NOTHING RETURNING id)
       SELECT id FROM made UNION ALL SELECT id FROM sched_class WHERE hash = $1 LIMIT 1`,
      [
        wanted.hash,
        JSON.stringify(wanted.requirements),
        wanted.models,
        wanted.loras,
        wanted.nodeTypes,
        wanted.profileId,
        wanted.minVramBytes,
        wanted.workflow,
        JSON.stringify(wanted.labels),
        wanted.pool,
      ],
    );
    // A class that a concurrent submit made is invisible to this statement's snapshot, but not to the next one's.
    return rows[0]?.id ?? this.ensureClass(wanted);
  }

  async ensureTemplate(hash: string, name: string, definition: string): Promise<void> {
    await this.pool.query(
      'INSERT INTO template (hash, name, definition) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING',
      [hash, name, definition],
    );
  }

  /** Null for a class that is not quarantined, undefined for one that was forgotten. */
  async classQuarantine(classId: number): Promise<string | null | undefined> {
    const { rows } = await this.pool.query<{ quarantined_reason: string | null }>(
      'SELECT quarantined_reason FROM sched_class WHERE id = $1',
      [classId],
    );
    return rows[0]?.quarantined_reason;
  }

  /** Forgets `limit` classes at most that no job of the last day is of, and that are not quarantined. Answers how many. */
  async forgetClasses(limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `DELETE FROM sched_class WHERE id IN (
         SELECT c.id FROM sched_class c
         WHERE c.quarantined_reason IS NULL AND c.created_at < now() - interval '1 day' AND NOT EXISTS (SELECT FROM job j WHERE j.class_id = c.id)
         LIMIT $1 FOR UPDATE SKIP LOCKED)`,
      [limit],
    );
    return rowCount ?? 0;
  }

  /**
   * Once this answers with a ticket (null for what is no prompt), the job exists; else nothing was written: `repeated` when
   * the idempotency key is taken, `duplicate` when the id is, `classless` when the class was just forgotten.
   */
  async insert(job: NewJob): Promise<{ ticket: number | null } | 'repeated' | 'duplicate' | 'classless'> {
    const { prompt, webhook, input, idempotency } = job;
    const values = [
      job.id,
      job.tenantId,
      job.classId,
      job.door,
      job.workflow,
      job.priority,
      job.creditS,
      job.deadline,
    ];
    const limits = [storedMsOrNull(job.runLimitMs), job.labels ? JSON.stringify(job.labels) : null];
    const inputs = [
      input.templateHash,
      input.params,
      input.graph,
      JSON.stringify(input.assets),
      input.extraData,
    ];
    const key = [idempotency?.key ?? null, idempotency?.requestHash ?? null];
    const told = [
      prompt?.place ?? null,
      prompt?.clientId ?? null,
      prompt?.number ?? null,
      prompt?.front ?? false,
    ];
    const more = [prompt?.targets ?? [], prompt?.workflowId ?? null, prompt?.secrets ?? null];
    const size = [storedMs(job.estimateMs), storedWork(job.workUnits)];
    try {
      const { rows } = await this.pool.query<{ ticket: string | null }>(insertSql, [
        ...values,
        ...limits,
        ...inputs,
        ...key,
        ...told,
        ...more,
        ...size,
        job.traceparent,
        webhook ? JSON.stringify({ url: webhook.url, baseUrl: webhook.baseUrl }) : null,
        webhook?.secret ?? null,
      ]);
      const [row] = rows;
      return row ? { ticket: row.ticket === null ? null : Number(row.ticket) } : 'repeated';
    } catch (error) {
      if (error instanceof DatabaseError && error.constraint === 'job_pkey') return 'duplicate';
      if (error instanceof DatabaseError && error.constraint === 'job_class_id_fkey') return 'classless';
      throw error;
    }
  }

  /** The job that a request with this key made, while the key lasts. */
  async findByKey(tenantId: string, key: string): Promise<{ jobId: string; requestHash: string } | null> {
    const { rows } = await this.pool.query<{ jobId: string; requestHash: string }>(
      `SELECT job_id AS "jobId", request_hash AS "requestHash" FROM idempotency WHERE tenant_id = $1 AND key = $2 AND expires_at > now()`,
      [tenantId, key],
    );
    return rows[0] ?? null;
  }

  /** Whether the archive has a job of this id: the index that keeps ids unique does not reach there. */
  async isArchived(id: string): Promise<boolean> {
    const { rows } = await this.pool.query('SELECT 1 FROM archive.job WHERE id = $1', [id]);
    return rows.length > 0;
  }

  /** Job and outputs by one statement: between two the job could move to the archive. */
  async find(id: string): Promise<JobView | null> {
    const rows = await firstKnown<JobRow & (OutputRow | { jobId: null })>(
      this.pool,
      (half) => `SELECT ${columns}, ${outputColumns} FROM ${half}job j ${latestAttempt(half)}
        LEFT JOIN ${half}job_output o ON o.job_id = j.id ${sameDay(half, 'o', 'j')} WHERE j.id = $1 ORDER BY o.ordinal`,
      [id],
    );
    const [row] = rows;
    return row
      ? viewOf(
          row,
          rows.flatMap((each) => (each.jobId === null ? [] : [outputOf(each)])),
        )
      : null;
  }

  /** Newest first, in the order of the ids (which begin with their time). */
  async list(filter: JobFilter): Promise<JobView[]> {
    const { rows } = await this.pool.query<JobRow>(
      `SELECT * FROM (${pageOf('')} UNION ALL ${pageOf('archive.')}) page ORDER BY id DESC LIMIT $4`,
      [filter.state ?? null, filter.workflow ?? null, filter.before ?? null, filter.limit],
    );
    return rows.map((row) => viewOf(row, []));
  }

  async attemptsOf(id: string): Promise<AttemptView[]> {
    return firstKnown<AttemptView>(
      this.pool,
      (
        half,
      ) => `SELECT prompt_id AS "promptId", no, node_id AS "nodeId", state, outcome, error, decision, created_at AS "createdAt",
          sending_at AS "sendingAt", running_at AS "runningAt", closed_at AS "closedAt"
        FROM ${half}attempt WHERE job_id = $1 ORDER BY no`,
      [id],
    );
  }

  /**
   * The output of that name of the given job, or the newest among the jobs of one door. What was archived is older than what
   * was not.
   */
  async findOutput(file: {
    filename: string;
    subfolder: string;
    type: string;
    of: { jobId: string } | { door: string };
  }): Promise<JobOutput | null> {
    const [row] = await firstKnown<OutputRow>(
      this.pool,
      (half) => `SELECT ${outputColumns} FROM ${half}job_output o
        WHERE o.filename = $1 AND o.subfolder = $2 AND o.type = $3 AND ${'jobId' in file.of ? 'o.job_id = $4::uuid' : madeFor(half)}
        ORDER BY o.created_at DESC LIMIT 1`,
      [file.filename, file.subfolder, file.type, 'jobId' in file.of ? file.of.jobId : file.of.door],
    );
    return row ? outputOf(row) : null;
  }

  /**
   * Ends a waiting job at once; marks an active one, whose owner then stops the node. Row lock on the job.
   * Returns the state afterwards, or null for an unknown id; a terminal job stays as it is.
   */
  async requestCancel(
    id: string,
  ): Promise<{ state: JobState; owner: string | null; changed: boolean } | null> {
    const { rows } = await this.pool.query<{ state: JobState; owner: string | null }>(
      `WITH moved AS (
         UPDATE job j SET cancel_requested = TRUE,
           state = CASE WHEN j.state IN ('queued', 'delayed') THEN 'cancelled'::job_state ELSE j.state END,
           finished_at = CASE WHEN j.state IN ('queued', 'delayed') THEN now() ELSE j.finished_at END
         WHERE j.id = $1 AND j.state IN ('queued', 'delayed', 'active')
         RETURNING j.id, j.state, (SELECT a.owner FROM attempt a WHERE a.job_id = j.id AND a.closed_at IS NULL) AS owner, ${refund}),
       ${correctedBy('moved')},
       forgotten AS (UPDATE job_prompt p SET secrets = NULL FROM moved
         WHERE p.job_id = moved.id AND p.secrets IS NOT NULL AND moved.state = 'cancelled')
       SELECT state, owner FROM moved`,
      [id],
    );
    if (rows[0]) return { ...rows[0], changed: true };
    const [known] = await firstKnown<{ state: JobState }>(
      this.pool,
      (half) => `SELECT state FROM ${half}job WHERE id = $1`,
      [id],
    );
    return known ? { state: known.state, owner: null, changed: false } : null;
  }

  /** Waiting jobs of a tenant, or of all (null); stops counting at `limit`. */
  async countWaiting(tenantId: string | null, limit: number): Promise<number> {
    const { rows } = await this.pool.query<{ count: string }>(
      `SELECT count(*) FROM (
         SELECT FROM job WHERE state IN ('queued', 'delayed') ${tenantId === null ? '' : 'AND tenant_id = $2'} LIMIT $1) w`,
      tenantId === null ? [limit] : [limit, tenantId],
    );
    return Number(rows[0]?.count ?? 0);
  }
}

export interface AttemptView {
  promptId: string;
  no: number;
  nodeId: string;
  state: string;
  outcome: string | null;
  error: { code: string; message: string } | null;
  decision: unknown;
  createdAt: Date;
  sendingAt: Date | null;
  runningAt: Date | null;
  closedAt: Date | null;
}

const outputColumns = `o.job_id AS "jobId", o.node_id AS "nodeId", o.key, o.ordinal AS index, o.filename, o.subfolder, o.type,
  o.container AS format, o.mime, o.sha256, o.size_bytes AS "sizeBytes", o.is_video AS "isVideo", o.raw, o.created_at AS "createdAt"`;
type OutputRow = Omit<JobOutput, 'sizeBytes'> & { sizeBytes: string };
const outputOf = (row: OutputRow): JobOutput => ({ ...row, sizeBytes: Number(row.sizeBytes) });
