/** What a stream told since the last look, the newest of each job and node. Pure. */
import type { ComfyNode, Job } from './shapes';

export interface Progress {
  job_id: string;
  progress: number | null;
}

export class Gathered {
  private jobs = new Map<string, Partial<Job>>();
  private nodes = new Map<string, ComfyNode>();

  job(job: Job): void {
    this.jobs.set(job.id, job);
  }

  progress({ job_id: id, progress }: Progress): void {
    this.jobs.set(id, { ...this.jobs.get(id), progress });
  }

  node(node: ComfyNode): void {
    this.nodes.set(node.id, node);
  }

  take(): { jobs: Map<string, Partial<Job>>; nodes: Map<string, ComfyNode> } {
    const { jobs, nodes } = this;
    [this.jobs, this.nodes] = [new Map(), new Map()];
    return { jobs, nodes };
  }
}

/** What a node can run is judged by its inventory, and told for nodes that take work. */
export const readinessMayDiffer = (before: ComfyNode, after: ComfyNode | undefined): boolean =>
  after !== undefined &&
  (before.inventory_hash !== after.inventory_hash || before.accepts_work !== after.accepts_work);
