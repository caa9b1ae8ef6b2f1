/**
 * Equal work that who submits it lets be shared: answered with the job of his tenant that does it, or has done it lately. Nobody waits for
 * another: of two that come at the same moment each may get a job of its own.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { sha256InTurns } from '../../../platform/turns/index.js';
import { workText } from '../domain/work-text.js';
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

  /** The job that does the same, or the one that `submit` makes: equal work may be answered with it from now on. */
  async share(
    { order, work }: Prepared,
    reuse: Reuse,
    submit: () => Promise<{ jobId: string }>,
  ): Promise<{ jobId: string; isReused: boolean }> {
    // What a caller's credentials pay for is his own.
    if (order.prompt !== undefined) return { ...(await submit()), isReused: false };
    const hash = await sha256InTurns(workText(work.input));
    const shared = await this.find(order.tenantId, hash, reuse);
    if (shared !== null) return { jobId: shared, isReused: true };
    const { jobId } = await submit();
    await this.remember(order.tenantId, hash, jobId);
    return { jobId, isReused: false };
  }

  /** Those that nobody asked for since. Answers how many. */
  async forget(before: Date): Promise<number> {
    const { rowCount } = await this.pool.query('DELETE FROM shared_work WHERE created_at < $1', [before]);
    return rowCount ?? 0;
  }

  private async find(tenantId: string, hash: string, reuse: Reuse): Promise<string | null> {
    const { rows } = await this.pool.query<{ jobId: string }>(
      `SELECT job_id AS "jobId" FROM shared_work WHERE tenant_id = $1 AND hash = $2`,
      [tenantId, hash],
    );
    const job = rows[0] ? await this.jobs.find(rows[0].jobId) : null;
    if (!job || job.cancelRequested) return null;
    if (job.finishedAt === null) return job.id;
    const isFresh = job.finishedAt.getTime() > Date.now() - dayMs;
    return reuse === '1d' && job.state === 'succeeded' && isFresh ? job.id : null;
  }

  private async remember(tenantId: string, hash: string, jobId: string): Promise<void> {
    await this.pool.query(
      `INSERT INTO shared_work (tenant_id, hash, job_id) VALUES ($1, $2, $3)
       ON CONFLICT (tenant_id, hash) DO UPDATE SET job_id = excluded.job_id, created_at = now()`,
      [tenantId, hash, jobId],
    );
  }
}
