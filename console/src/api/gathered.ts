/** What a stream told since the last look, the newest of each job and node. Pure. */
import type { ComfyNode, Job } from './shapes';

export interface Progress {
  job_id: string;
  progress: number | null;
}

export class Gathered {
  private jobs = new Map<string, Partial<Job>>();
  private nodes = new Map<string, ComfyNode>();
  private hasWholeJobs = false;

  job(job: Job): void {
    this.jobs.set(job.id, job);
    this.hasWholeJobs = true;
  }

  progress({ job_id: id, progress }: Progress): void {
    this.jobs.set(id, { ...this.jobs.get(id), progress });
  }

  node(node: ComfyNode): void {
    this.nodes.set(node.id, node);
  }

  take(): { jobs: Map<string, Partial<Job>>; nodes: Map<string, ComfyNode>; hasWholeJobs: boolean } {
    const { jobs, nodes, hasWholeJobs } = this;
    [this.jobs, this.nodes, this.hasWholeJobs] = [new Map(), new Map(), false];
    return { jobs, nodes, hasWholeJobs };
  }
}

/** What a node can run is judged by its inventory, and told for nodes that take work. */
export const readinessMayDiffer = (before: ComfyNode, after: ComfyNode | undefined): boolean =>
  after !== undefined &&
  (before.inventory_hash !== after.inventory_hash || before.accepts_work !== after.accepts_work);
