/**
 * What a busy cluster tells its consoles, made of documents that a service answered: jobs that come, run and end under ever new ids,
 * their progress and pictures, the node and the queue. What a page keeps by the id of a job grows without end under it.
 */
import { randomBytes } from 'node:crypto';

export interface Documents {
  job: object;
  node: object;
  queue: object;
}

/** How many jobs are in each of their states at any time. */
const waiting = 40;
const running = 100;
/** One of so many runs at the node that the page shows, and sends pictures; the others run elsewhere. */
const shown = 100;
export const pictureBytes = 15_000;

const idOf = (no: number): string => `01a7f0de-0000-7000-8000-${String(no).padStart(12, '0')}`;
const frame = (type: string, data: object): string => `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;

export class BusyStream {
  private at = 0;
  private jobs = waiting + running;

  constructor(private readonly documents: Documents) {}

  /** Three of eight tell how a job stands, three its progress, one of the node, one of the queue. */
  next(): string {
    const kind = this.at++ % 8;
    if (kind === 0) this.jobs += 1;
    const { node, queue } = this.documents;
    if (kind < 3) return frame('job', this.job(kind));
    if (kind < 6) return frame('progress', this.progress(kind));
    return kind === 6 ? frame('node', node) : frame('queue', queue);
  }

  /** Of one of the jobs that a page asked for. */
  picture(asked: readonly string[]): string {
    const id = asked[this.at % Math.max(1, asked.length)] ?? '';
    const data = randomBytes(pictureBytes).toString('base64');
    return frame('preview', {
      job_id: id,
      node_id: 'gpu-a',
      graph_node: '3',
      content_type: 'image/jpeg',
      data_base64: data,
    });
  }

  private job(kind: number): object {
    const no = [this.jobs, this.jobs - waiting, this.jobs - waiting - running][kind] ?? this.jobs;
    const state = ['queued', 'active', no % 10 === 0 ? 'failed' : 'succeeded'][kind];
    const nowText = new Date().toISOString();
    return {
      ...this.documents.job,
      id: idOf(no),
      state,
      created_at: nowText,
      node_id: kind === 0 ? null : no % shown === 0 ? 'gpu-a' : 'gpu-elsewhere',
      started_at: kind === 0 ? null : nowText,
      finished_at: kind === 2 ? nowText : null,
      error: state === 'failed' ? { code: 'node_error', message: `job ${no} failed at its sampler` } : null,
    };
  }

  private progress(kind: number): object {
    const job = this.jobs - waiting - ((this.at + kind) % running);
    return { job_id: idOf(job), node_id: 'gpu-a', progress: this.at % 100 };
  }
}
