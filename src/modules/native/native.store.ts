/**
 * The jobs that came as ComfyUI prompts, as their callers may see them. Reads take no lock and look at the newest
 * prompts of a place only, as ComfyUI keeps so many.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import type { Caller, Owner } from './domain/may-touch.js';
import type { PromptRecord } from './domain/prompt-record.js';

const promptsMax = 10_000;

export interface StoredFile {
  sha256: string;
  sizeBytes: number;
  mime: string;
  filename: string;
  createdAt: Date;
}

const outline = `j.id AS "jobId", p.place, p.client_id AS "clientId", j.state, j.error, p.ticket, p.number, p.front, p.targets,
  p.workflow_id AS "workflowId", (extract(epoch FROM j.created_at) * 1000)::float8 AS "createdAtMs",
  (extract(epoch FROM j.started_at) * 1000)::float8 AS "startedAtMs", (extract(epoch FROM j.finished_at) * 1000)::float8 AS "finishedAtMs",
  EXISTS (SELECT FROM attempt a WHERE a.job_id = j.id AND a.closed_at IS NULL AND a.state IN ('running', 'collecting')) AS "isRunning",
  r.outputs, r.messages, r.meta`;
const body = `i.graph, i.extra_data AS "extraData"`;
const noBody = `NULL AS graph, NULL AS "extraData"`;

/** $1 is the place, $2 the client id or null: the rule of \`mayTouch\`. */
const mine = `(SELECT * FROM job_prompt WHERE place = $1 AND ($2::text IS NULL OR client_id IS NULL OR client_id = $2)
  ORDER BY ticket DESC LIMIT ${promptsMax}) p
  JOIN job j ON j.id = p.job_id JOIN job_input i ON i.job_id = j.id LEFT JOIN job_run r ON r.job_id = j.id`;
const isLive = `j.state IN ('queued', 'delayed', 'active')`;
/** A prompt that was cancelled before it ran leaves no trace. */
const isHistory = `NOT p.hidden AND j.state IN ('succeeded', 'failed', 'cancelled', 'expired') AND (j.state <> 'cancelled'
  OR r.job_id IS NOT NULL OR EXISTS (SELECT FROM attempt a WHERE a.job_id = j.id AND a.running_at IS NOT NULL))`;

type Row = Omit<PromptRecord, 'ticket' | 'run'> & {
  ticket: string;
  outputs: string | null;
  messages: string;
  meta: string;
};

@Injectable()
export class NativeStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** In the order in which they are to run. */
  async live(caller: Caller, limit: number): Promise<PromptRecord[]> {
    return this.records(
      `SELECT ${outline}, ${body} FROM ${mine} WHERE ${isLive} ORDER BY j.eff_key, j.id LIMIT $3`,
      [...scope(caller), limit],
    );
  }

  /** Finished prompts in the order of their ends, oldest first: the last `limit`, or `limit` from `offset`. */
  async history(
    caller: Caller,
    { offset, limit }: { offset: number | null; limit: number },
  ): Promise<PromptRecord[]> {
    const from = `SELECT ${outline}, ${body} FROM ${mine} WHERE ${isHistory}`;
    if (offset !== null)
      return this.records(`${from} ORDER BY j.finished_at, p.ticket OFFSET $3 LIMIT $4`, [
        ...scope(caller),
        offset,
        limit,
      ]);
    const newest = await this.records(`${from} ORDER BY j.finished_at DESC, p.ticket DESC LIMIT $3`, [
      ...scope(caller),
      limit,
    ]);
    return newest.toReversed();
  }

  /** Whoever it belongs to: ask `mayTouch`. */
  async find(jobId: string): Promise<PromptRecord | null> {
    const [record] = await this.records(
      `SELECT ${outline}, ${body} FROM job_prompt p JOIN job j ON j.id = p.job_id JOIN job_input i ON i.job_id = j.id
       LEFT JOIN job_run r ON r.job_id = j.id WHERE p.job_id = $1`,
      [jobId],
    );
    return record ?? null;
  }

  /** Whether its end may be seen in the history. */
  async isInHistory(jobId: string): Promise<boolean> {
    const { rows } = await this.pool.query(
      `SELECT 1 FROM job_prompt p JOIN job j ON j.id = p.job_id LEFT JOIN job_run r ON r.job_id = j.id WHERE p.job_id = $1 AND ${isHistory}`,
      [jobId],
    );
    return rows.length > 0;
  }

  /** Outlines, newest first, of everything the caller may see, live and finished. */
  async jobs(caller: Caller, filter: JobsFilter): Promise<{ records: PromptRecord[]; total: number }> {
    const order = filter.sortBy === 'created_at' ? 'j.created_at' : '(r.ended_at_ms - r.started_at_ms)';
    const where = `(${isLive} OR ${isHistory}) AND ${status} = ANY ($3::text[]) AND ($4::text IS NULL OR p.workflow_id = $4)`;
    const values = [...scope(caller), filter.statuses, filter.workflowId];
    const counted = await this.pool.query<{ count: string }>(
      `SELECT count(*) FROM ${mine} WHERE ${where}`,
      values,
    );
    const records = await this.records(
      `SELECT ${outline}, ${noBody} FROM ${mine} WHERE ${where}
       ORDER BY ${order} ${filter.order === 'asc' ? 'ASC NULLS FIRST' : 'DESC NULLS LAST'}, p.ticket ${filter.order === 'asc' ? 'ASC' : 'DESC'}
       OFFSET $5 LIMIT $6`,
      [...values, filter.offset, filter.limit],
    );
    return { records, total: Number(counted.rows[0]?.count ?? 0) };
  }

  /** Those of these jobs that exist, with their owners. */
  async owners(jobIds: readonly string[]): Promise<Map<string, Owner>> {
    const { rows } = await this.pool.query<Owner & { jobId: string }>(
      `SELECT job_id AS "jobId", place, client_id AS "clientId" FROM job_prompt WHERE job_id = ANY ($1::uuid[])`,
      [jobIds],
    );
    return new Map(rows.map(({ jobId, ...owner }) => [jobId, owner]));
  }

  /** Those of these jobs that have ended. */
  async endedAmong(jobIds: readonly string[]): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      `SELECT j.id FROM job j WHERE j.id = ANY ($1::uuid[]) AND NOT ${isLive}`,
      [jobIds],
    );
    return rows.map((row) => row.id);
  }

  async liveIds(caller: Caller): Promise<{ id: string; isRunning: boolean }[]> {
    const records = await this.records(
      `SELECT ${outline}, ${noBody} FROM ${mine} WHERE ${isLive}`,
      scope(caller),
    );
    return records.map(({ jobId, isRunning }) => ({ id: jobId, isRunning }));
  }

  /** Takes finished prompts of the caller out of its history: the ones named, or all. Safe to run twice. */
  async hide(caller: Caller, jobIds: readonly string[] | 'all'): Promise<void> {
    await this.pool.query(
      `UPDATE job_prompt p SET hidden = TRUE FROM job j WHERE j.id = p.job_id AND p.place = $1
         AND ($2::text IS NULL OR p.client_id IS NULL OR p.client_id = $2) AND ($3::uuid[] IS NULL OR p.job_id = ANY ($3))
         AND NOT p.hidden AND NOT ${isLive}`,
      [...scope(caller), jobIds === 'all' ? null : jobIds],
    );
  }

  /** Waiting and running jobs of the whole cluster. */
  async queueRemaining(): Promise<number> {
    const { rows } = await this.pool.query<{ count: string }>(`SELECT count(*) FROM job j WHERE ${isLive}`);
    return Number(rows[0]?.count ?? 0);
  }

  /** The newest result of that name among the caller's jobs, or the one of the given job. */
  async findOutput(
    caller: Caller,
    file: { filename: string; subfolder: string; type: string; jobId?: string },
  ): Promise<StoredFile | null> {
    const { rows } = await this.pool.query<Omit<StoredFile, 'sizeBytes'> & { sizeBytes: string }>(
      `SELECT o.sha256, o.size_bytes AS "sizeBytes", o.mime, o.filename, o.created_at AS "createdAt"
       FROM job_output o JOIN job_prompt p ON p.job_id = o.job_id
       WHERE p.place = $1 AND ($2::text IS NULL OR p.client_id IS NULL OR p.client_id = $2)
         AND o.filename = $3 AND o.subfolder = $4 AND o.type = $5 AND ($6::uuid IS NULL OR o.job_id = $6)
       ORDER BY o.created_at DESC LIMIT 1`,
      [...scope(caller), file.filename, file.subfolder, file.type, file.jobId ?? null],
    );
    const [row] = rows;
    return row ? { ...row, sizeBytes: Number(row.sizeBytes) } : null;
  }

  /** The node of the job's newest attempt. */
  async nodeOf(jobId: string): Promise<string | null> {
    const { rows } = await this.pool.query<{ nodeId: string }>(
      `SELECT node_id AS "nodeId" FROM attempt WHERE job_id = $1 ORDER BY outcome IS NOT DISTINCT FROM 'ok' DESC, no DESC LIMIT 1`,
      [jobId],
    );
    return rows[0]?.nodeId ?? null;
  }

  private async records(sql: string, values: unknown[]): Promise<PromptRecord[]> {
    const { rows } = await this.pool.query<Row>(sql, values);
    return rows.map(({ outputs, messages, meta, ticket, ...row }) => ({
      ...row,
      createdAtMs: Math.floor(row.createdAtMs),
      startedAtMs: row.startedAtMs && Math.floor(row.startedAtMs),
      finishedAtMs: row.finishedAtMs && Math.floor(row.finishedAtMs),
      ticket: Number(ticket),
      run: outputs === null ? null : { outputs, messages, meta },
    }));
  }
}

export interface JobsFilter {
  statuses: readonly string[];
  workflowId: string | null;
  sortBy: 'created_at' | 'execution_duration';
  order: 'asc' | 'desc';
  offset: number;
  limit: number;
}

const scope = ({ place, clientId }: Caller): [string, string | null] => [place, clientId ?? null];

const status = `CASE j.state WHEN 'succeeded' THEN 'completed' WHEN 'cancelled' THEN 'cancelled' WHEN 'failed' THEN 'failed'
  WHEN 'expired' THEN 'failed' ELSE CASE WHEN EXISTS (SELECT FROM attempt a WHERE a.job_id = j.id AND a.closed_at IS NULL
  AND a.state IN ('running', 'collecting')) THEN 'in_progress' ELSE 'pending' END END`;
