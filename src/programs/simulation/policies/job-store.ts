/** Stands in for the table of queued jobs: per class in (effKey, id) order, read a window at a time as the service does. */
import type { QueuedJob } from '../../../modules/scheduling/index.js';

export class JobStore {
  private readonly byClass = new Map<string, QueuedJob[]>();
  private readonly byId = new Map<string, QueuedJob>();
  /** How often the first jobs of a class have changed. */
  private readonly changes = new Map<string, number>();
  private readonly prints = new Map<string, string>();

  constructor(private readonly window: number) {}

  add(job: QueuedJob): void {
    const jobs = this.byClass.get(job.classId) ?? [];
    this.byClass.set(job.classId, jobs);
    const at = position(jobs, job);
    jobs.splice(at, 0, job);
    this.byId.set(job.id, job);
    this.changed(job.classId, at);
  }

  take(jobId: string): QueuedJob {
    const job = this.byId.get(jobId)!;
    const jobs = this.byClass.get(job.classId)!;
    const at = position(jobs, job);
    jobs.splice(at, 1);
    this.byId.delete(jobId);
    this.changed(job.classId, at);
    return job;
  }

  /** Of classes with jobs: what is another whenever their first jobs are others. */
  fingerprints(): ReadonlyMap<string, string> {
    return this.prints;
  }

  heads(classId: string, exceptTenants: readonly string[] = []): QueuedJob[] {
    const jobs = this.byClass.get(classId) ?? [];
    if (exceptTenants.length === 0) return jobs.slice(0, this.window);
    return jobs.filter(({ tenantId }) => !exceptTenants.includes(tenantId)).slice(0, this.window);
  }

  counts(): ReadonlyMap<string, number> {
    return new Map([...this.byClass].map(([classId, jobs]) => [classId, jobs.length]));
  }

  private changed(classId: string, at: number): void {
    const count = this.byClass.get(classId)!.length;
    if (count === 0) this.prints.delete(classId);
    if (count === 0 || at >= this.window) return;
    const changes = (this.changes.get(classId) ?? 0) + 1;
    this.changes.set(classId, changes);
    this.prints.set(classId, String(changes));
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
