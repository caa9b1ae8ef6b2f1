/**
 * Clients that submit without pause through every door of every replica. A request that can be repeated without making a second
 * job is repeated, at another replica, until somebody answers; what is kept is what a client knows: which requests were accepted.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Rng, stream } from '../../src/programs/simulation/rng.js';
import type { Service } from '../support/service.js';
import type { Cluster } from './cluster.js';
import { ask, drawOrder, type Order } from './doors.js';

export interface Submission {
  key: string;
  door: Order['door'];
  /** Undefined when nobody ever accepted it. */
  jobId: string | undefined;
  /** Every job that any of its repetitions was answered with. */
  answeredWith: Set<string>;
  cancelled: boolean;
  /** The status of a refusal that no repetition would change, but for its kind's being quarantined. */
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
    const order = drawOrder(this.rng, key);
    const submission: Submission = {
      key,
      door: order.door,
      jobId: undefined,
      answeredWith: new Set(),
      cancelled: false,
      refusedWith: undefined,
    };
    this.submissions.push(submission);
    await this.submit(submission, order);
    if (order.isRepeatable && this.rng.next() < repeatedShare) await this.submit(submission, order);
    if (submission.jobId !== undefined && this.rng.next() < cancelledShare) await this.cancel(submission);
  }

  /** Until somebody answers, or once when a repetition would make another job. */
  private async submit(submission: Submission, order: Order): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const replica = this.anyReplica();
      const answer = replica ? await order.submit(replica) : { kind: 'unknown' as const };
      if (answer.kind === 'accepted') {
        submission.answeredWith.add(answer.jobId);
        submission.jobId = answer.jobId;
      }
      if (answer.kind === 'refused' && !answer.isQuarantined) submission.refusedWith = answer.status;
      if (answer.kind !== 'unknown' || (replica && !order.isRepeatable)) return;
      await sleep(100);
    }
  }

  private async cancel(submission: Submission): Promise<void> {
    await sleep(this.rng.uniform(0, 2000));
    submission.cancelled = true;
    const replica = this.anyReplica();
    if (replica) await ask(`${replica.url}/v1/jobs/${submission.jobId}/cancel`, {});
  }

  private anyReplica(): Service | undefined {
    const serving = this.cluster.serving();
    return serving[this.rng.int(Math.max(1, serving.length))];
  }
}
