/** Stands in for the table of queued jobs: per class in (effKey, id) order, read a window at a time. */
import type { QueuedJob } from '../../../modules/scheduling/index.js';

export class JobStore {
  private readonly byClass = new Map<string, QueuedJob[]>();
  private readonly byId = new Map<string, QueuedJob>();

  add(job: QueuedJob): void {
    const jobs = this.byClass.get(job.classId) ?? [];
    this.byClass.set(job.classId, jobs);
    jobs.splice(position(jobs, job), 0, job);
    this.byId.set(job.id, job);
  }

  take(jobId: string): QueuedJob {
    const job = this.byId.get(jobId)!;
    const jobs = this.byClass.get(job.classId)!;
    jobs.splice(position(jobs, job), 1);
    this.byId.delete(jobId);
    return job;
  }

  heads(
    classId: string,
    limit: number,
    excludeTenantIds: readonly string[],
  ): { jobs: QueuedJob[]; queued: number } {
    const jobs = this.byClass.get(classId) ?? [];
    const first: QueuedJob[] = [];
    for (const job of jobs) {
      if (first.length >= limit) break;
      if (!excludeTenantIds.includes(job.tenantId)) first.push(job);
    }
    return { jobs: first, queued: jobs.length };
  }
}

/** Index of the job, or where it belongs. */
function position(jobs: readonly QueuedJob[], job: QueuedJob): number {
  let [low, high] = [0, jobs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sortsBefore(jobs[middle]!, job)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sortsBefore(a: QueuedJob, b: QueuedJob): boolean {
  return a.effKey < b.effKey || (a.effKey === b.effKey && a.id < b.id);
}
