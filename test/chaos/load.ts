/**
 * Clients that submit without pause through every replica. Each request has an idempotency key and is repeated, at another
 * replica, until somebody answers; what is kept is what a client knows: which requests were answered with 202.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Rng, stream } from '../../src/simulation/rng.js';
import { samplingGraph } from '../support/sampling-graph.js';
import type { Cluster } from './cluster.js';

export interface Submission {
  key: string;
  /** Undefined when nobody ever answered 202. */
  jobId: string | undefined;
  /** Every job that any of its repetitions was answered with. */
  answeredWith: Set<string>;
  cancelled: boolean;
  /** The status of a refusal that no repetition would change. */
  refusedWith: number | undefined;
}

const clients = 3;
const cancelledShare = 0.04;
const repeatedShare = 0.1;

export class Load {
  readonly submissions: Submission[] = [];
  private readonly rng: Rng;
  private readonly stopping = new AbortController();
  private running: Promise<unknown> | undefined;
  private waiting = 0;

  constructor(
    private readonly cluster: Cluster,
    private readonly seed: number,
    private readonly waitingMax: number,
  ) {
    this.rng = stream(seed, 'load');
  }

  start(): void {
    this.running = Promise.all([
      this.observeQueue(),
      ...Array.from({ length: clients }, async () => this.submitOn()),
    ]);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async observeQueue(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const [row] = await this.cluster.query<{ waiting: number }>(
        `SELECT count(*)::int AS waiting FROM job WHERE finished_at IS NULL`,
      );
      this.waiting = row!.waiting;
      await sleep(200);
    }
  }

  private async submitOn(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await sleep(this.rng.uniform(50, 250));
      if (this.waiting < this.waitingMax) await this.submitOne();
    }
  }

  private async submitOne(): Promise<void> {
    const key = `${this.seed}-${this.submissions.length}`;
    const submission: Submission = {
      key,
      jobId: undefined,
      answeredWith: new Set(),
      cancelled: false,
      refusedWith: undefined,
    };
    this.submissions.push(submission);
    const steps = this.rng.next() < 0.05 ? 100 : 3 + this.rng.int(20);
    const body = JSON.stringify({ graph: samplingGraph({ steps }), labels: { key } });
    await this.post(submission, body);
    if (this.rng.next() < repeatedShare) await this.post(submission, body);
    if (submission.jobId !== undefined && this.rng.next() < cancelledShare) await this.cancel(submission);
  }

  private async post(submission: Submission, body: string): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const answer = await this.request('/v1/jobs', {
        body,
        headers: { 'content-type': 'application/json', 'idempotency-key': submission.key },
      });
      if (answer?.status === 202) {
        const { id } = (await answer.json()) as { id: string };
        submission.answeredWith.add(id);
        submission.jobId = id;
        return;
      }
      if (answer && answer.status < 500) {
        submission.refusedWith = answer.status;
        return;
      }
      await sleep(100);
    }
  }

  private async cancel(submission: Submission): Promise<void> {
    await sleep(this.rng.uniform(0, 2000));
    submission.cancelled = true;
    await this.request(`/v1/jobs/${submission.jobId}/cancel`, {});
  }

  /** Undefined when there was no whole answer. */
  private async request(path: string, init: RequestInit): Promise<Response | undefined> {
    const urls = this.cluster.urls();
    const url = urls[this.rng.int(urls.length)];
    if (url === undefined) return undefined;
    try {
      const response = await fetch(url + path, {
        ...init,
        method: 'POST',
        signal: AbortSignal.timeout(4000),
      });
      const text = await response.text();
      return new Response(text, { status: response.status });
    } catch {
      return undefined;
    }
  }
}
