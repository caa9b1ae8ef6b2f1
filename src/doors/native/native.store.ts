/**
 * The jobs that came as ComfyUI prompts, as their callers may see them. Reads take no lock and look at the newest
 * prompts of a place only, as ComfyUI keeps so many.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { firstKnown, type RecordHalf, sameDay } from '../../modules/jobs/index.js';
import { type Caller, mayTouchSql, type Owner } from './domain/may-touch.js';
import type { PromptRecord } from './domain/prompt-record.js';

const promptsMax = 10_000;

export interface StoredFile {
  sha256: string;
  sizeBytes: number;
  mime: string;
  filename: string;
  createdAt: Date;
}

/** Whether the job `j` has an open attempt `a` like this; none of the archive's has. */
const hasOpenAttempt = (half: RecordHalf, condition: string): string =>
  half === ''
    ? `EXISTS (SELECT FROM attempt a WHERE a.job_id = j.id AND a.closed_at IS NULL AND ${condition})`
    : 'FALSE';
const runs = `a.state IN ('running', 'collecting')`;
/** At its node with nothing of ours before it: it begins there before the record learns of it. */
const isNext = `a.state IN ('sending', 'accepted') AND NOT EXISTS (SELECT FROM attempt b WHERE b.node_id = a.node_id AND b.closed_at IS NULL
  AND b.collecting_at IS NULL AND b.sending_at < a.sending_at)`;

const outline = (
  half: RecordHalf,
): string => `j.id AS "jobId", p.place, p.client_id AS "clientId", j.state, j.error, p.ticket, p.number, p.front, p.targets,
  p.workflow_id AS "workflowId", (extract(epoch FROM j.created_at) * 1000)::float8 AS "createdAtMs",
  (extract(epoch FROM j.started_at) * 1000)::float8 AS "startedAtMs", (extract(epoch FROM j.finished_at) * 1000)::float8 AS "finishedAtMs",
  ${hasOpenAttempt(half, runs)} AS "isRunning", ${hasOpenAttempt(half, `(a.state = 'running' OR ${isNext})`)} AS "mayRun", r.outputs, r.messages, r.meta`;
const body = `i.graph, i.extra_data AS "extraData"`;
const noBody = `NULL AS graph, NULL AS "extraData"`;

/** Beside the prompts as `p`. */
const joined = (half: RecordHalf): string => `JOIN ${half}job j ON j.id = p.job_id ${sameDay(half, 'j', 'p')}
  JOIN ${half}job_input i ON i.job_id = p.job_id ${sameDay(half, 'i', 'p')}
  LEFT JOIN ${half}job_run r ON r.job_id = p.job_id ${sameDay(half, 'r', 'p')}`;

const promptColumns =
  'p.job_id, p.place, p.client_id, p.ticket, p.number, p.front, p.targets, p.workflow_id, p.hidden';
const newest = `ORDER BY ticket DESC LIMIT ${promptsMax}`;
const mine = `(SELECT * FROM job_prompt p WHERE ${mayTouchSql} ${newest}) p ${joined('')}`;

const isLive = `j.state IN ('queued', 'delayed', 'active')`;
/** A prompt that was cancelled before it ran leaves no trace. */
const isHistory = (
  half: RecordHalf,
): string => `NOT p.hidden AND j.state IN ('succeeded', 'failed', 'cancelled', 'expired') AND (j.state <> 'cancelled'
  OR r.job_id IS NOT NULL OR EXISTS (SELECT FROM ${half}attempt a WHERE a.job_id = j.id ${sameDay(half, 'a', 'j')} AND a.running_at IS NOT NULL))`;

/** What `select` makes of the caller's newest prompts, wherever they are. */
const ofBothHalves = (select: (half: RecordHalf, from: string) => string): string => `
  WITH newest AS (SELECT * FROM (
    (SELECT ${promptColumns}, NULL::date AS day FROM job_prompt p WHERE ${mayTouchSql} ${newest})
    UNION ALL (SELECT ${promptColumns}, day FROM archive.job_prompt p WHERE ${mayTouchSql} ${newest})) p ${newest})
  (${select('', `(SELECT * FROM newest WHERE day IS NULL) p ${joined('')}`)})
  UNION ALL (${select('archive.', `(SELECT * FROM newest WHERE day IS NOT NULL) p ${joined('archive.')}`)})`;

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
      `SELECT ${outline('')}, ${body} FROM ${mine} WHERE ${isLive} ORDER BY j.eff_key, j.id LIMIT $3`,
      [...scope(caller), limit],
    );
  }

  /** Finished prompts in the order of their ends, oldest first: the last `limit`, or `limit` from `offset`. */
  async history(
    caller: Caller,
    { offset, limit }: { offset: number | null; limit: number },
  ): Promise<PromptRecord[]> {
    const all = ofBothHalves(
      (half, from) => `SELECT ${outline(half)}, ${body}, j.finished_at FROM ${from} WHERE ${isHistory(half)}`,
    );
    if (offset !== null)
      return this.records(`${all} ORDER BY finished_at, ticket OFFSET $3 LIMIT $4`, [
        ...scope(caller),
        offset,
        limit,
      ]);
    const last = await this.records(`${all} ORDER BY finished_at DESC, ticket DESC LIMIT $3`, [
      ...scope(caller),
      limit,
    ]);
    return last.toReversed();
  }

  /** Whoever it belongs to: ask `mayTouch`. */
  async find(jobId: string): Promise<PromptRecord | null> {
    const [found] = await firstKnown<Row>(
      this.pool,
      (half) =>
        `SELECT ${outline(half)}, ${body} FROM ${half}job_prompt p ${joined(half)} WHERE p.job_id = $1`,
      [jobId],
    );
    return found ? recordOf(found) : null;
  }

  /** Whether its end may be seen in the history. */
  async isInHistory(jobId: string): Promise<boolean> {
    const rows = await firstKnown(
      this.pool,
      (half) =>
        `SELECT 1 FROM ${half}job_prompt p ${joined(half)} WHERE p.job_id = $1 AND ${isHistory(half)}`,
      [jobId],
    );
    return rows.length > 0;
  }

  /** Outlines, newest first, of everything the caller may see, live and finished. */
  async jobs(caller: Caller, filter: JobsFilter): Promise<{ records: PromptRecord[]; total: number }> {
    const all = ofBothHalves(
      (
        half,
        from,
      ) => `SELECT ${outline(half)}, ${noBody}, r.ended_at_ms - r.started_at_ms AS duration FROM ${from}
        WHERE (${isLive} OR ${isHistory(half)}) AND ${status(half)} = ANY ($3::text[]) AND ($4::text IS NULL OR p.workflow_id = $4)`,
    );
    const values = [...scope(caller), filter.statuses, filter.workflowId];
    const counted = await this.pool.query<{ count: string }>(`SELECT count(*) FROM (${all}) j`, values);
    const order = filter.sortBy === 'created_at' ? '"createdAtMs"' : 'duration';
    const records = await this.records(
      `${all} ORDER BY ${order} ${filter.order === 'asc' ? 'ASC NULLS FIRST' : 'DESC NULLS LAST'}, ticket ${filter.order === 'asc' ? 'ASC' : 'DESC'}
       OFFSET $5 LIMIT $6`,
      [...values, filter.offset, filter.limit],
    );
    return { records, total: Number(counted.rows[0]?.count ?? 0) };
  }

  /** Those of these live jobs that exist, with their owners. */
  async owners(jobIds: readonly string[]): Promise<Map<string, Owner>> {
    const { rows } = await this.pool.query<Owner & { jobId: string }>(
      `SELECT job_id AS "jobId", place, client_id AS "clientId" FROM job_prompt WHERE job_id = ANY ($1::uuid[])`,
      [jobIds],
    );
    return new Map(rows.map(({ jobId, ...owner }) => [jobId, owner]));
  }

  /** Those of these jobs that have ended; a replica that slept for a day finds them in the archive. */
  async endedAmong(jobIds: readonly string[]): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string; isLive: boolean }>(
      `SELECT j.id, ${isLive} AS "isLive" FROM job j WHERE j.id = ANY ($1::uuid[])`,
      [jobIds],
    );
    const known = new Set(rows.map(({ id }) => id));
    const ended = rows.filter((row) => !row.isLive).map(({ id }) => id);
    const unknown = jobIds.filter((id) => !known.has(id));
    if (unknown.length === 0) return ended;
    const archived = await this.pool.query<{ id: string }>(
      `SELECT id FROM archive.job WHERE id = ANY ($1::uuid[])`,
      [unknown],
    );
    return [...ended, ...archived.rows.map(({ id }) => id)];
  }

  async liveIds(caller: Caller): Promise<{ id: string; isRunning: boolean; mayRun: boolean }[]> {
    const records = await this.records(
      `SELECT ${outline('')}, ${noBody} FROM ${mine} WHERE ${isLive}`,
      scope(caller),
    );
    return records.map(({ jobId, isRunning, mayRun }) => ({ id: jobId, isRunning, mayRun }));
  }

  /** Takes finished prompts of the caller out of its history: the ones named, or all. Safe to run twice. */
  async hide(caller: Caller, jobIds: readonly string[] | 'all'): Promise<void> {
    const values = [...scope(caller), jobIds === 'all' ? null : jobIds];
    // The archive last: a prompt that moves there meanwhile is found there.
    for (const half of ['', 'archive.'] as const)
      for (let hidden = hiddenAtOnce; hidden === hiddenAtOnce;)
        hidden = (await this.pool.query(hideSql(half), values)).rowCount ?? 0;
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
    const [row] = await firstKnown<Omit<StoredFile, 'sizeBytes'> & { sizeBytes: string }>(
      this.pool,
      (half) => `SELECT o.sha256, o.size_bytes AS "sizeBytes", o.mime, o.filename, o.created_at AS "createdAt"
        FROM ${half}job_output o JOIN ${half}job_prompt p ON p.job_id = o.job_id ${sameDay(half, 'p', 'o')}
        WHERE ${mayTouchSql} AND o.filename = $3 AND o.subfolder = $4 AND o.type = $5 AND ($6::uuid IS NULL OR o.job_id = $6)
        ORDER BY o.created_at DESC LIMIT 1`,
      [...scope(caller), file.filename, file.subfolder, file.type, file.jobId ?? null],
    );
    return row ? { ...row, sizeBytes: Number(row.sizeBytes) } : null;
  }

  /** The node of the job's newest attempt. */
  async nodeOf(jobId: string): Promise<string | null> {
    const [row] = await firstKnown<{ nodeId: string }>(
      this.pool,
      (half) =>
        `SELECT node_id AS "nodeId" FROM ${half}attempt WHERE job_id = $1 ORDER BY outcome IS NOT DISTINCT FROM 'ok' DESC, no DESC LIMIT 1`,
      [jobId],
    );
    return row?.nodeId ?? null;
  }

  private async records(sql: string, values: unknown[]): Promise<PromptRecord[]> {
    return (await this.pool.query<Row>(sql, values)).rows.map(recordOf);
  }
}

const recordOf = ({ outputs, messages, meta, ticket, ...row }: Row): PromptRecord => ({
  ...row,
  createdAtMs: Math.floor(row.createdAtMs),
  startedAtMs: row.startedAtMs && Math.floor(row.startedAtMs),
  finishedAtMs: row.finishedAtMs && Math.floor(row.finishedAtMs),
  ticket: Number(ticket),
  run: outputs === null ? null : { outputs, messages, meta },
});

const hiddenAtOnce = 1_000;
/** Locks the prompts in one order, as does the move to the archive. */
const hideSql = (half: RecordHalf): string => `
  WITH shown AS (
    SELECT p.* FROM ${half}job_prompt p JOIN ${half}job j ON j.id = p.job_id ${sameDay(half, 'j', 'p')}
    WHERE ${mayTouchSql} AND ($3::uuid[] IS NULL OR p.job_id = ANY ($3)) AND NOT p.hidden AND NOT ${isLive}
    ORDER BY p.job_id LIMIT ${hiddenAtOnce} FOR UPDATE OF p)
  UPDATE ${half}job_prompt p SET hidden = TRUE FROM shown WHERE p.job_id = shown.job_id ${sameDay(half, 'p', 'shown')}`;

export interface JobsFilter {
  statuses: readonly string[];
  workflowId: string | null;
  sortBy: 'created_at' | 'execution_duration';
  order: 'asc' | 'desc';
  offset: number;
  limit: number;
}

const scope = ({ place, clientId }: Caller): [string, string | null] => [place, clientId ?? null];

const status = (
  half: RecordHalf,
): string => `CASE j.state WHEN 'succeeded' THEN 'completed' WHEN 'cancelled' THEN 'cancelled' WHEN 'failed' THEN 'failed'
  WHEN 'expired' THEN 'failed' ELSE CASE WHEN ${hasOpenAttempt(half, runs)} THEN 'in_progress' ELSE 'pending' END END`;
