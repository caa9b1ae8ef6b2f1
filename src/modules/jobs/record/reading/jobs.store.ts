/** Jobs as every door reads them, in both halves of the record; and their cancelling. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { type Statement, statement } from '../../../../platform/database/index.js';
import { sharedTenantId } from '../../../assets/index.js';
import type { JobState } from '../../domain/states.js';
import {
  currentPrincipal,
  currentReach,
  defaultTenantId,
  isInCurrentReach,
  ownedBy,
  reachesAll,
} from '../../../access/index.js';
import {
  type Correction,
  correctionColumns,
  correctionOf,
  TenantCharges,
  unspentMs,
} from '../queue/tenant-charges.js';
import { firstKnown, knownByJob, type RecordHalf, sameDay } from '../record-halves.js';
import { isWanted, type JobFilter, wantedValues } from './job-filter.sql.js';
import { outputColumns, outputOf, type OutputRow, outputsOfJobs } from './job-outputs.js';
import { type JobOutput, type JobRow, type JobView, viewOf } from './jobs.view.js';
import { errorIn } from '../stored-values.js';
import { ReadTogether } from './read-together.js';

const columns = `j.id, j.tenant_id, j.class_id, j.state, j.door, j.principal_id, j.workflow, j.priority, j.eff_key, j.labels, j.error, j.cancel_requested,
  j.attempts_job, j.attempts_infra, j.traceparent, j.deliver, j.created_at, j.started_at, j.finished_at,
  a.prompt_id, a.attempts, a.node_id, a.state AS attempt_state, a.progress, a.running_at`;
/** The one that succeeded, else the newest: a late success is older than the attempt that it made superfluous. */
const latestAttempt = (half: RecordHalf): string =>
  `LEFT JOIN LATERAL (SELECT *, count(*) OVER () AS attempts FROM ${half}attempt a WHERE a.job_id = j.id ${sameDay(half, 'a', 'j')}
    ORDER BY a.outcome IS NOT DISTINCT FROM 'ok' DESC, a.no DESC LIMIT 1) a ON TRUE`;
/** The newest of one half; $13 is a node. */
const pageOf = (half: RecordHalf): string => `
  (SELECT ${columns} FROM ${half}job j ${latestAttempt(half)}
   WHERE ${isWanted} AND ($13::text IS NULL OR a.node_id = $13)
   ORDER BY j.created_at DESC, j.id DESC LIMIT $5)`;

/** For whom the running request is; `and` says more of the job. */
const madeFor = (half: RecordHalf, and: string): string =>
  `EXISTS (SELECT FROM ${half}job j WHERE j.id = o.job_id ${sameDay(half, 'j', 'o')} AND ${ownedBy('j', 5)} AND ${and})`;

type FoundRow = JobRow & (OutputRow | { jobId: null });
const jobsOfIds = (half: RecordHalf): Statement =>
  statement(
    half === '' ? 'jobs' : 'jobs-archived',
    `SELECT ${columns}, ${outputColumns} FROM ${half}job j ${latestAttempt(half)}
     LEFT JOIN ${half}job_output o ON o.job_id = j.id ${sameDay(half, 'o', 'j')}
     WHERE j.id = ANY ($1::uuid[]) AND ${ownedBy('j', 2)} ORDER BY o.ordinal`,
  );

/** Whoever runs the jobs of others sees their life alone. */
function asTold(view: JobView): JobView {
  if (isInCurrentReach('content', view)) return view;
  const error = view.error && { code: view.error.code, message: 'What went wrong is told to its tenant.' };
  return { ...view, outputs: [], labels: null, deliver: null, error };
}

/** How a job stands after it was asked to end, and which replica stops its attempt. */
export interface CancelRequest {
  id: string;
  state: JobState;
  owner: string | null;
}

const isArchived = statement('job-is-archived', 'SELECT 1 FROM archive.job WHERE id = $1');
const hasFile = statement(
  'tenant-has-file',
  `SELECT EXISTS (SELECT FROM upload WHERE sha256 = $1 AND (tenant_id = $2 OR ($2 = '${defaultTenantId}' AND tenant_id = '${sharedTenantId}')))
     OR EXISTS (SELECT FROM asset_record WHERE sha256 = $1 AND owner = $2)
     OR EXISTS (SELECT FROM job_output o JOIN job j ON j.id = o.job_id WHERE o.sha256 = $1 AND j.tenant_id = $2)
     OR EXISTS (SELECT FROM archive.job_output o JOIN archive.job j ON j.id = o.job_id AND j.day = o.day WHERE o.sha256 = $1 AND j.tenant_id = $2) AS may`,
);

@Injectable()
export class JobsStore {
  private readonly charges: TenantCharges;
  private readonly jobs: ReadTogether<FoundRow>;

  constructor(@Inject(Pool) private readonly pool: Pool) {
    this.charges = new TenantCharges(pool);
    this.jobs = new ReadTogether<FoundRow>(pool, jobsOfIds);
  }

  /** Whether the archive has a job of this id: the index that keeps ids unique does not reach there. */
  async isArchived(id: string): Promise<boolean> {
    const { rows } = await this.pool.query({ ...isArchived, values: [id] });
    return rows.length > 0;
  }

  /**
   * Job and outputs by one statement: between two the job could move to the archive. What is not in the reach of the running request is
   * looked for as what never was, in both halves: found in one, the answer would come sooner.
   */
  async find(id: string): Promise<JobView | null> {
    const rows = await this.jobs.rowsOf(id, currentReach('job'));
    const [row] = rows;
    if (!row) return null;
    const outputs = rows.flatMap((each) => (each.jobId === null ? [] : [outputOf(each)]));
    return asTold(viewOf(row, outputs));
  }

  /** These of them that are known, in no order, with their outputs. */
  async findAll(ids: readonly string[]): Promise<JobView[]> {
    if (ids.length === 0) return [];
    return this.told(await firstKnownOf(this.pool, ids));
  }

  /** Newest first by their time, with their outputs: ids of prompts are their callers' and tell no time. */
  async list({ node, ...filter }: JobFilter): Promise<JobView[]> {
    const { rows } = await this.pool.query<JobRow>(
      `SELECT * FROM (${pageOf('')} UNION ALL ${pageOf('archive.')}) page ORDER BY created_at DESC, id DESC LIMIT $5`,
      [...wantedValues(filter), node ?? null],
    );
    return this.told(rows);
  }

  private async told(rows: readonly JobRow[]): Promise<JobView[]> {
    const ended = rows.filter(({ finished_at: at }) => at !== null);
    const outputs = await outputsOfJobs(
      this.pool,
      ended.map(({ id }) => id),
    );
    return rows.map((row) => asTold(viewOf(row, outputs.get(row.id) ?? [])));
  }

  async attemptsOf(id: string): Promise<AttemptView[]> {
    const attempts = await firstKnown<AttemptView>(
      this.pool,
      (half) => ({
        name: half === '' ? 'attempts' : 'attempts-archived',
        text: `SELECT prompt_id AS "promptId", no, node_id AS "nodeId", state, outcome, error, decision, created_at AS "createdAt",
          sending_at AS "sendingAt", running_at AS "runningAt", closed_at AS "closedAt"
        FROM ${half}attempt WHERE job_id = $1 ORDER BY no`,
      }),
      [id],
    );
    return attempts.map((attempt) => ({ ...attempt, error: errorIn(attempt.error) }));
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
        WHERE o.filename = $1 AND o.subfolder = $2 AND o.type = $3 AND ${madeFor(half, 'jobId' in file.of ? 'o.job_id = $4::uuid' : 'j.door = $4')}
        ORDER BY o.created_at DESC LIMIT 1`,
      [
        file.filename,
        file.subfolder,
        file.type,
        'jobId' in file.of ? file.of.jobId : file.of.door,
        ...currentReach('content'),
      ],
    );
    return row ? outputOf(row) : null;
  }

  /**
   * Whether the running request may put the file into a job: its tenant uploaded it, or a job of it made it. A hash alone is no right:
   * what one tenant cannot read, it must not have a workflow read for it.
   */
  async mayUse(sha256: string): Promise<boolean> {
    const principal = currentPrincipal();
    if (!principal || reachesAll(principal, 'content')) return true;
    const values = [sha256, principal.tenantId];
    const { rows } = await this.pool.query<{ may: boolean }>({ ...hasFile, values });
    return rows[0]?.may === true;
  }

  /**
   * Ends a waiting job at once; marks an active one, whose owner then stops the node. Row lock on the job.
   * Returns the state afterwards, or null for an unknown id; a terminal job stays as it is.
   */
  async requestCancel(id: string): Promise<(CancelRequest & { changed: boolean }) | null> {
    const [moved] = await this.cancelOpen([id], 'j.id = ANY ($1::uuid[])');
    if (moved) return { ...moved, changed: true };
    const [known] = await firstKnown<{ state: JobState }>(
      this.pool,
      (half) => `SELECT state FROM ${half}job j WHERE id = $1 AND ${ownedBy('j', 2)}`,
      [id, ...currentReach('job')],
    );
    return known ? { id, state: known.state, owner: null, changed: false } : null;
  }

  /**
   * The same for many; answers those that it moved. Locks rows only where nobody else does, so that it cannot meet another move crosswise:
   * `busy` are those that somebody was moving.
   */
  async requestCancels(ids: readonly string[]): Promise<{ moved: CancelRequest[]; busy: string[] }> {
    const moved = await this.cancelOpen(
      ids,
      `j.id IN (SELECT id FROM job WHERE id = ANY ($1::uuid[]) AND state IN ('queued', 'delayed', 'active') FOR UPDATE SKIP LOCKED)`,
    );
    const { rows } = await this.pool.query<{ id: string }>(
      `SELECT id FROM job j WHERE id = ANY ($1::uuid[]) AND NOT cancel_requested AND state IN ('queued', 'delayed', 'active') AND ${ownedBy('j', 2)}`,
      [ids, ...currentReach('job')],
    );
    return { moved, busy: rows.map(({ id }) => id) };
  }

  /** `which` says by $1 whose rows are moved. */
  private async cancelOpen(ids: readonly string[], which: string): Promise<CancelRequest[]> {
    const { rows } = await this.pool.query<CancelRequest & Correction>(
      `WITH moved AS (
         UPDATE job j SET cancel_requested = TRUE,
           state = CASE WHEN j.state IN ('queued', 'delayed') THEN 'cancelled'::job_state ELSE j.state END,
           finished_at = CASE WHEN j.state IN ('queued', 'delayed') THEN now() ELSE j.finished_at END
         WHERE ${which} AND j.state IN ('queued', 'delayed', 'active') AND ${ownedBy('j', 2)}
         RETURNING j.id, j.state, (SELECT a.owner FROM attempt a WHERE a.job_id = j.id AND a.closed_at IS NULL) AS owner,
           ${correctionOf(unspentMs, unspentMs)}),
       forgotten AS (UPDATE job_prompt p SET secrets = NULL FROM moved
         WHERE p.job_id = moved.id AND p.secrets IS NOT NULL AND moved.state = 'cancelled')
       SELECT id, state, owner, ${correctionColumns} FROM moved`,
      [ids, ...currentReach('job')],
    );
    await Promise.all(rows.map(async (row) => this.charges.correct(row).catch(() => undefined)));
    return rows.map(({ id, state, owner }) => ({ id, state, owner }));
  }
}

async function firstKnownOf(pool: Pool, ids: readonly string[]): Promise<JobRow[]> {
  const known = await knownByJob(
    ids,
    async (half, wanted) =>
      (
        await pool.query<JobRow>(
          `SELECT ${columns} FROM ${half}job j ${latestAttempt(half)} WHERE j.id = ANY ($1::uuid[])`,
          [wanted],
        )
      ).rows,
    ({ id }) => id,
  );
  return [...known.values()].flat();
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
