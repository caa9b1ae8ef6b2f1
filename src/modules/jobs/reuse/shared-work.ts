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

@Injectable()
export class SharedWork {
  constructor(
    @Inject(Pool) private readonly pool: Pool,
    @Inject(JobsStore) private readonly jobs: JobsStore,
  ) {}

  /** The id of a job that does the same; null when there is none that may be shared. */
  async find({ order, work }: Prepared, reuse: Reuse): Promise<string | null> {
    // What a caller's credentials pay for is his own.
    if (order.prompt !== undefined) return null;
    const { rows } = await this.pool.query<{ jobId: string }>(
      `SELECT job_id AS "jobId" FROM shared_work WHERE tenant_id = $1 AND hash = $2`,
      [order.tenantId, workHash(work.input)],
    );
    const job = rows[0] ? await this.jobs.find(rows[0].jobId) : null;
    if (!job || job.cancelRequested) return null;
    if (job.finishedAt === null) return job.id;
    const isFresh = job.finishedAt.getTime() > Date.now() - dayMs;
    return reuse === '1d' && job.state === 'succeeded' && isFresh ? job.id : null;
  }

  /** From now on equal work may be answered with this job. */
  async remember({ order, work }: Prepared, jobId: string): Promise<void> {
    if (order.prompt !== undefined) return;
    await this.pool.query(
      `INSERT INTO shared_work (tenant_id, hash, job_id) VALUES ($1, $2, $3)
       ON CONFLICT (tenant_id, hash) DO UPDATE SET job_id = excluded.job_id, created_at = now()`,
      [order.tenantId, workHash(work.input), jobId],
    );
  }

  /** Those that nobody asked for since. Answers how many. */
  async forget(before: Date): Promise<number> {
    const { rowCount } = await this.pool.query('DELETE FROM shared_work WHERE created_at < $1', [before]);
    return rowCount ?? 0;
  }
}
