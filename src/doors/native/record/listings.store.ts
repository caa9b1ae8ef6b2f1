/**
 * Lists of a caller's prompts: first their keys with the bytes that each holds, then the records a few at a time while
 * they are being written, so that no list is in memory as a whole. As ComfyUI keeps so many, the newest 10,000 prompts of
 * a place are looked at.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import type { RecordHalf } from '../../../modules/jobs/index.js';
import type { Caller } from '../domain/may-touch.js';
import type { PromptRecord } from '../domain/prompt-record.js';
import {
  body,
  entryBytes,
  hasOpenAttempt,
  isHistory,
  isLive,
  joined,
  mine,
  noBody,
  ofBothHalves,
  outline,
  runBytes,
  runs,
} from './prompt-sql.js';
import { recordOf, type Row, scope } from './rows.js';

export interface PromptKey {
  jobId: string;
  /** Of what its entry holds. */
  bytes: number;
  isRunning: boolean;
}

export interface JobsFilter {
  statuses: readonly string[];
  workflowId: string | null;
  sortBy: 'created_at' | 'execution_duration';
  order: 'asc' | 'desc';
  offset: number;
  limit: number;
}

/** Of what is read at once, long graphs apart: they come in slices. */
const batchBytesMax = 1024 * 1024;
const batchMax = 100;

@Injectable()
export class ListingsStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** In the order in which they are to run. */
  async live(caller: Caller, limit: number): Promise<PromptKey[]> {
    return this.keys(
      `SELECT j.id AS "jobId", ${entryBytes} AS bytes, ${hasOpenAttempt('', runs)} AS "isRunning"
       FROM ${mine} WHERE ${isLive} ORDER BY j.eff_key, j.id LIMIT $3`,
      [...scope(caller), limit],
    );
  }

  /** Finished prompts in the order of their ends, oldest first: the last `limit`, or `limit` from `offset`. */
  async history(
    caller: Caller,
    { offset, limit }: { offset: number | null; limit: number },
  ): Promise<PromptKey[]> {
    const all = ofBothHalves(
      (half, from) =>
        `SELECT j.id AS "jobId", ${entryBytes} AS bytes, FALSE AS "isRunning", p.ticket, j.finished_at FROM ${from} WHERE ${isHistory(half)}`,
    );
    if (offset !== null)
      return this.keys(`${all} ORDER BY finished_at, ticket OFFSET $3 LIMIT $4`, [
        ...scope(caller),
        offset,
        limit,
      ]);
    const last = await this.keys(`${all} ORDER BY finished_at DESC, ticket DESC LIMIT $3`, [
      ...scope(caller),
      limit,
    ]);
    return last.toReversed();
  }

  /** Newest first unless the filter says otherwise: everything the caller may see, live and finished. */
  async jobs(caller: Caller, filter: JobsFilter): Promise<{ keys: PromptKey[]; total: number }> {
    const all = ofBothHalves(
      (
        half,
        from,
      ) => `SELECT j.id AS "jobId", ${runBytes} AS bytes, FALSE AS "isRunning", p.ticket, j.created_at,
          r.ended_at_ms - r.started_at_ms AS duration FROM ${from}
        WHERE (${isLive} OR ${isHistory(half)}) AND ${status(half)} = ANY ($3::text[]) AND ($4::text IS NULL OR p.workflow_id = $4)`,
    );
    const values = [...scope(caller), filter.statuses, filter.workflowId];
    const counted = await this.pool.query<{ count: string }>(`SELECT count(*) FROM (${all}) j`, values);
    const order = filter.sortBy === 'created_at' ? 'created_at' : 'duration';
    const keys = await this.keys(
      `${all} ORDER BY ${order} ${filter.order === 'asc' ? 'ASC NULLS FIRST' : 'DESC NULLS LAST'}, ticket ${filter.order === 'asc' ? 'ASC' : 'DESC'}
       OFFSET $5 LIMIT $6`,
      [...values, filter.offset, filter.limit],
    );
    return { keys, total: Number(counted.rows[0]?.count ?? 0) };
  }

  /** In the order of their keys, with or without graphs; what is gone meanwhile is left out. */
  async *records(keys: readonly PromptKey[], withBody: boolean): AsyncGenerator<PromptRecord> {
    for (const batch of batches(keys)) {
      const found = await this.byId(batch, withBody);
      for (const { jobId } of batch) {
        const record = found.get(jobId);
        if (record) yield record;
      }
    }
  }

  private async byId(batch: readonly PromptKey[], withBody: boolean): Promise<Map<string, PromptRecord>> {
    const found = new Map<string, PromptRecord>();
    // The archive last: what moves there meanwhile is found there.
    for (const half of ['', 'archive.'] as const) {
      const missing = batch.map(({ jobId }) => jobId).filter((id) => !found.has(id));
      if (missing.length === 0) break;
      const { rows } = await this.pool.query<Row>(byIdSql(half, withBody), [missing]);
      for (const row of rows) found.set(row.jobId, recordOf(row));
    }
    return found;
  }

  private async keys(sql: string, values: unknown[]): Promise<PromptKey[]> {
    return (await this.pool.query<PromptKey>(sql, values)).rows;
  }
}

const byIdSql = (half: RecordHalf, withBody: boolean): string =>
  `SELECT ${outline(half)}, ${withBody ? body : noBody} FROM ${half}job_prompt p ${joined(half)} WHERE p.job_id = ANY ($1::uuid[])`;

function* batches(keys: readonly PromptKey[]): Generator<PromptKey[]> {
  let batch: PromptKey[] = [];
  let bytes = 0;
  for (const key of keys) {
    if (batch.length > 0 && (batch.length === batchMax || bytes + key.bytes > batchBytesMax)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(key);
    bytes += key.bytes;
  }
  if (batch.length > 0) yield batch;
}

const status = (
  half: RecordHalf,
): string => `CASE j.state WHEN 'succeeded' THEN 'completed' WHEN 'cancelled' THEN 'cancelled' WHEN 'failed' THEN 'failed'
  WHEN 'expired' THEN 'failed' ELSE CASE WHEN ${hasOpenAttempt(half, runs)} THEN 'in_progress' ELSE 'pending' END END`;
