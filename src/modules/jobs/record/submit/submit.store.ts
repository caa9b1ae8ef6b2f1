/** Takes jobs into the record, with what they need to be there: kinds, templates, keys. */
import { Inject, Injectable } from '@nestjs/common';
import { DatabaseError, Pool, type PoolClient } from 'pg';
import { BatchWriter, bytesText, longText, statement } from '../../../../platform/database/index.js';
import { utf8InTurns } from '../../../../platform/turns/index.js';
import { stringifyInTurns } from '../../../comfyui/index.js';
import { storedMs, storedMsOrNull, storedWork } from '../bounds.js';
import type { NewClass, NewJob } from './new-job.js';
import { submit, submitRows } from './submit.sql.js';

/**
 * What became of a job: its ticket (null for what is no prompt) once it exists; else nothing was written. `repeated`: the idempotency
 * key is taken; `duplicate`: the id is; `classless`: the class was just forgotten; `again`: there is room for it now, but there was
 * none behind others of its batch.
 */
export type Inserted =
  | { ticket: number | null }
  | { quarantined: string }
  | { exhausted: SubmitQuota }
  | 'again'
  | 'repeated'
  | 'duplicate'
  | 'classless';

/** What a tenant may ask for from midnight to midnight, UTC, and what it may keep. */
export type SubmitQuota = 'jobs_per_day' | 'gpu_seconds_per_day' | 'stored_bytes';

interface Row {
  made: boolean;
  ticket: string | null;
  classless: boolean;
  quarantined: string | null;
  exhausted: SubmitQuota | null;
  again: boolean;
}

const findKey = statement(
  'find-key',
  `SELECT job_id AS "jobId", request_hash AS "requestHash" FROM idempotency WHERE tenant_id = $1 AND key = $2 AND expires_at > now()`,
);

@Injectable()
export class SubmitStore {
  private readonly writer: BatchWriter<NewJob, Inserted>;
  /** Each looks for its place among those before it. */
  private readonly numbered: BatchWriter<NewJob, Inserted>;

  constructor(@Inject(Pool) private readonly pool: Pool) {
    const write = async (jobs: readonly NewJob[]): Promise<Inserted[]> => this.write(jobs);
    this.writer = new BatchWriter({ write, bytesOf });
    this.numbered = new BatchWriter({ write, rowsMax: 1 });
  }

  async insert(job: NewJob): Promise<Inserted> {
    const hasNumber = job.prompt !== null && (job.prompt.number !== null || job.prompt.front);
    try {
      return await (hasNumber ? this.numbered : this.writer).put(job);
    } catch (error) {
      const known = insertedOfError(error);
      if (known === undefined) throw error;
      return known;
    }
  }

  /** In the caller's transaction, which must be rolled back unless all of them exist. Jobs without keys and numbers of their own. */
  async insertTogether(jobs: readonly NewJob[], client: PoolClient): Promise<Inserted[]> {
    try {
      return await this.write(jobs, client);
    } catch (error) {
      const known = insertedOfError(error);
      if (known === undefined) throw error;
      return jobs.map(() => known);
    }
  }

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

  /** The job that a request with this key made, while the key lasts. */
  async findByKey(tenantId: string, key: string): Promise<{ jobId: string; requestHash: string } | null> {
    const { rows } = await this.pool.query<{ jobId: string; requestHash: string }>({
      ...findKey,
      values: [tenantId, key],
    });
    return rows[0] ?? null;
  }

  /** Waiting jobs of a tenant, or of all (null); stops counting at `limit`. */
  async countWaiting(
    tenantId: string | null,
    limit: number,
    on: Pool | PoolClient = this.pool,
  ): Promise<number> {
    const { rows } = await on.query<{ count: string }>(
      `SELECT count(*) FROM (
         SELECT FROM job WHERE state IN ('queued', 'delayed') ${tenantId === null ? '' : 'AND tenant_id = $2'} LIMIT $1) w`,
      tenantId === null ? [limit] : [limit, tenantId],
    );
    return Number(rows[0]?.count ?? 0);
  }

  private async write(jobs: readonly NewJob[], on: Pool | PoolClient = this.pool): Promise<Inserted[]> {
    const { rows } = await on.query<Row>({ ...submit, values: [await parameterOf(jobs.map(rowOf))] });
    return rows.map(insertedOf);
  }
}

const bytesOf = ({ input: { graph, params, extraData } }: NewJob): number =>
  [graph, params, extraData].reduce((sum, text) => sum + (text?.length ?? 0), 0);

/**
 * A row of megabytes would hold the event loop while it is written as JSON, while that is looked through, and again while the client of
 * the database, which sends bytes as they are, encodes it.
 */
async function parameterOf(rows: Parameters<typeof submitRows.parameter>[0]): Promise<string | Buffer> {
  const isLong = rows.some(({ graph, params, extra_data }) =>
    [graph, params, extra_data].some((text) => typeof text === 'string' && text.length > longText),
  );
  return isLong
    ? utf8InTurns(await stringifyInTurns(submitRows.unwritten(rows)))
    : submitRows.parameter(rows);
}

/** Of all jobs of the statement; undefined when the error says nothing about them. */
function insertedOfError(error: unknown): 'duplicate' | 'classless' | undefined {
  const constraint = error instanceof DatabaseError ? error.constraint : undefined;
  if (constraint === 'job_pkey') return 'duplicate';
  return constraint === 'job_class_id_fkey' ? 'classless' : undefined;
}

function insertedOf({ made, ticket, classless, quarantined, exhausted, again }: Row): Inserted {
  if (made) return { ticket: ticket === null ? null : Number(ticket) };
  if (classless) return 'classless';
  if (exhausted !== null) return again ? 'again' : { exhausted };
  return quarantined === null ? 'repeated' : { quarantined };
}

type SubmitRow = Parameters<typeof submitRows.parameter>[0][number];

const rowOf = (job: NewJob): SubmitRow => ({
  id: job.id,
  tenant_id: job.tenantId,
  class_id: job.classId,
  door: job.door,
  principal_id: job.principalId,
  workflow: job.workflow,
  priority: job.priority,
  credit_s: job.creditS,
  est_ms: storedMs(job.estimateMs),
  work_units: storedWork(job.workUnits),
  deadline_ms: job.deadline?.getTime() ?? null,
  run_limit_ms: storedMsOrNull(job.runLimitMs),
  labels: job.labels,
  traceparent: job.traceparent,
  ...webhookColumns(job),
  deliver: job.deliver,
  template_hash: job.input.templateHash,
  params: job.input.params,
  graph: job.input.graph,
  assets: job.input.assets,
  extra_data: job.input.extraData,
  key: job.idempotency?.key ?? null,
  request_hash: job.idempotency?.requestHash ?? null,
  ...promptColumns(job),
});

const webhookColumns = ({ webhook }: NewJob): Pick<SubmitRow, 'webhook' | 'webhook_secret'> => ({
  webhook: webhook && { ...webhook, secret: undefined },
  webhook_secret: bytesText(webhook?.secret ?? null),
});

type PromptColumns = Pick<
  SubmitRow,
  'place' | 'client_id' | 'number' | 'front' | 'targets' | 'workflow_id' | 'secrets'
>;

const noPrompt: PromptColumns = {
  place: null,
  client_id: null,
  number: null,
  front: false,
  targets: [],
  workflow_id: null,
  secrets: null,
};

const promptColumns = ({ prompt }: NewJob): PromptColumns =>
  prompt
    ? {
        place: prompt.place,
        client_id: prompt.clientId,
        number: prompt.number,
        front: prompt.front,
        targets: prompt.targets,
        workflow_id: prompt.workflowId,
        secrets: bytesText(prompt.secrets),
      }
    : noPrompt;
