/** One prompt and its caller: who may see it, where its files are, whether it has ended. Reads take no lock. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { statement } from '../../../platform/database/index.js';
import { firstKnown, type RecordHalf, sameDay } from '../../../modules/jobs/index.js';
import { type Caller, mayTouchSql, type Owner } from '../domain/may-touch.js';
import type { PromptRecord } from '../domain/prompt-record.js';
import {
  hasOpenAttempt,
  isHistory,
  isLive,
  isNextOrRuns,
  joined,
  mine,
  outline,
  runs,
} from './prompt-sql.js';
import { recordOf, type Row, scope } from './rows.js';

export interface StoredFile {
  sha256: string;
  sizeBytes: number;
  mime: string;
  filename: string;
  createdAt: Date;
}

const ownRemaining = statement(
  'own-remaining',
  `SELECT count(*) FROM (SELECT p.job_id FROM job_prompt p WHERE ${mayTouchSql} ORDER BY p.ticket DESC LIMIT 1000) p
   JOIN job j ON j.id = p.job_id WHERE ${isLive}`,
);

@Injectable()
export class NativeStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /**
   * Null too for what the caller may not see: it is looked for in both halves as what never was. Without a caller whoever it belongs
   * to, for who tells its owner of it.
   */
  async find(jobId: string, caller?: Caller): Promise<PromptRecord | null> {
    const [found] = await firstKnown<Row>(
      this.pool,
      (half) => ({
        name: half === '' ? 'prompt' : 'prompt-archived',
        text: `SELECT ${outline(half)} FROM ${half}job_prompt p ${joined(half)}
          WHERE p.job_id = $3 AND ($1::text IS NULL OR ${mayTouchSql})`,
      }),
      [...(caller ? scope(caller) : [null, null]), jobId],
    );
    return found ? recordOf(found) : null;
  }

  /** Those of these live jobs that the caller may see, in the order given. */
  async seenAmong(jobIds: readonly string[], caller: Caller): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      `SELECT job_id AS id FROM job_prompt p WHERE p.job_id = ANY ($3::uuid[]) AND ${mayTouchSql}`,
      [...scope(caller), jobIds],
    );
    const seen = new Set(rows.map(({ id }) => id));
    return jobIds.filter((id) => seen.has(id));
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
    const { rows } = await this.pool.query<{ id: string; isRunning: boolean; mayRun: boolean }>(
      `SELECT j.id, ${hasOpenAttempt('', runs)} AS "isRunning", ${hasOpenAttempt('', isNextOrRuns)} AS "mayRun"
       FROM ${mine} WHERE ${isLive}`,
      scope(caller),
    );
    return rows;
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

  /** Waiting and running prompts of the caller, up to a thousand, among its newest thousand. */
  async ownRemaining(caller: Caller): Promise<number> {
    const { rows } = await this.pool.query<{ count: string }>({ ...ownRemaining, values: scope(caller) });
    return Number(rows[0]?.count ?? 0);
  }

  /** The newest result of that name among the caller's jobs, or the one of the given job. */
  async findOutput(
    caller: Caller,
    file: { filename: string; subfolder: string; type: string; jobId?: string },
  ): Promise<StoredFile | null> {
    return this.newestOutput(
      (half) => `JOIN ${half}job_prompt p ON p.job_id = o.job_id ${sameDay(half, 'p', 'o')}
        WHERE ${mayTouchSql} AND o.filename = $3 AND o.subfolder = $4 AND o.type = $5 AND ($6::uuid IS NULL OR o.job_id = $6)`,
      [...scope(caller), file.filename, file.subfolder, file.type, file.jobId ?? null],
    );
  }

  /** Whether anything is kept under this name. */
  async isPlace(place: string): Promise<boolean> {
    const { rows } = await this.pool.query<{ is: boolean }>(
      `SELECT EXISTS (SELECT FROM ui_owner WHERE place = $1) OR EXISTS (SELECT FROM job_prompt WHERE place = $1) AS is`,
      [place],
    );
    return rows[0]?.is === true;
  }

  /** A result of that job, of whichever door, for whoever was let in to it. */
  async outputOf(
    jobId: string,
    { filename, subfolder, type }: { filename: string; subfolder: string; type: string },
  ): Promise<StoredFile | null> {
    return this.newestOutput(
      () => 'WHERE o.job_id = $1::uuid AND o.filename = $2 AND o.subfolder = $3 AND o.type = $4',
      [jobId, filename, subfolder, type],
    );
  }

  /** `which` says which of the outputs `o`. */
  private async newestOutput(
    which: (half: RecordHalf) => string,
    values: unknown[],
  ): Promise<StoredFile | null> {
    const [row] = await firstKnown<Omit<StoredFile, 'sizeBytes'> & { sizeBytes: string }>(
      this.pool,
      (half) => `SELECT o.sha256, o.size_bytes AS "sizeBytes", o.mime, o.filename, o.created_at AS "createdAt"
        FROM ${half}job_output o ${which(half)} ORDER BY o.created_at DESC LIMIT 1`,
      values,
    );
    return row ? { ...row, sizeBytes: Number(row.sizeBytes) } : null;
  }

  /** Names of result files of the caller's newest thousand prompts, newest first. */
  async resultNames(caller: Caller, type: 'output' | 'temp', limit: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ filename: string }>(
      `SELECT filename FROM (${resultsOf('')} UNION ALL ${resultsOf('archive.')}) o GROUP BY filename ORDER BY max(created_at) DESC LIMIT $4`,
      [...scope(caller), type, limit],
    );
    return rows.map(({ filename }) => filename);
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
}

const resultsOf = (half: RecordHalf): string => `SELECT o.filename, o.created_at FROM (
    SELECT * FROM ${half}job_prompt p WHERE ${mayTouchSql} AND NOT p.hidden ORDER BY p.ticket DESC LIMIT 1000) p
  JOIN ${half}job_output o ON o.job_id = p.job_id ${sameDay(half, 'o', 'p')} WHERE o.type = $3 AND o.subfolder = ''`;

const hiddenAtOnce = 1_000;
/** Locks the prompts in one order, as does the move to the archive. */
const hideSql = (half: RecordHalf): string => `
  WITH shown AS (
    SELECT p.* FROM ${half}job_prompt p JOIN ${half}job j ON j.id = p.job_id ${sameDay(half, 'j', 'p')}
    WHERE ${mayTouchSql} AND ($3::uuid[] IS NULL OR p.job_id = ANY ($3)) AND NOT p.hidden AND NOT ${isLive}
    ORDER BY p.job_id LIMIT ${hiddenAtOnce} FOR UPDATE OF p)
  UPDATE ${half}job_prompt p SET hidden = TRUE FROM shown WHERE p.job_id = shown.job_id ${sameDay(half, 'p', 'shown')}`;
