/**
 * Equal work that who submits it lets be shared: answered with the job of his tenant that does it, or has done it lately. Nobody waits for
 * another: of two that come at the same moment each may get a job of its own.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { workHash } from '../domain/work-hash.js';
import type { Prepared } from '../intake/job-drafts.js';
import { JobsStore } from '../record/reading/jobs.store.js';

/** `queue`: a job that has not ended. `1d`: also one that succeeded within a day. */
export const reuses = ['queue', '1d'] as const;
export type Reuse = (typeof reuses)[number];

const dayMs = 86_400_000;

type WorkKey = readonly [tenantId: string, hash: string];

@Injectable()
export class SharedWork {
  constructor(
    @Inject(Pool) private readonly pool: Pool,
    @Inject(JobsStore) private readonly jobs: JobsStore,
  ) {}

  /** A job that does the same and may be shared; else the one that `submit` makes, which equal work may be answered with from now on. */
  async once(
    { order: { tenantId, prompt }, work }: Prepared,
    reuse: Reuse,
    submit: () => Promise<{ jobId: string }>,
  ): Promise<{ jobId: string; isReused: boolean }> {
    // What a caller's credentials pay for is his own.
    if (prompt !== undefined) return { jobId: (await submit()).jobId, isReused: false };
    const key = [tenantId, workHash(work.input)] as const;
    const shared = await this.find(key, reuse);
    if (shared !== null) return { jobId: shared, isReused: true };
    const { jobId } = await submit();
    await this.remember(key, jobId);
    return { jobId, isReused: false };
  }

  /** Those that nobody asked for since. Answers how many. */
  async forget(before: Date): Promise<number> {
    const { rowCount } = await this.pool.query('DELETE FROM shared_work WHERE created_at < $1', [before]);
    return rowCount ?? 0;
  }

  private async find(key: WorkKey, reuse: Reuse): Promise<string | null> {
    const { rows } = await this.pool.query<{ jobId: string }>(
      `SELECT job_id AS "jobId" FROM shared_work WHERE tenant_id = $1 AND hash = $2`,
      [...key],
    );
    const job = rows[0] ? await this.jobs.find(rows[0].jobId) : null;
    if (!job || job.cancelRequested) return null;
    if (job.finishedAt === null) return job.id;
    const isFresh = job.finishedAt.getTime() > Date.now() - dayMs;
    return reuse === '1d' && job.state === 'succeeded' && isFresh ? job.id : null;
  }

  private async remember(key: WorkKey, jobId: string): Promise<void> {
    await this.pool.query(
      `INSERT INTO shared_work (tenant_id, hash, job_id) VALUES ($1, $2, $3)
       ON CONFLICT (tenant_id, hash) DO UPDATE SET job_id = excluded.job_id, created_at = now()`,
      [...key, jobId],
    );
  }
}
