/**
 * The life of jobs by the product's own statements, without doors and nodes: submits keep a backlog, a leader reads heads and
 * places them, owners run and settle them, a mover archives what ended. As fast as the database lets them.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Pool } from 'pg';
import { AttemptsStore } from '../../src/modules/jobs/record/attempts/attempts.store.js';
import { ArchiveStore } from '../../src/modules/jobs/record/archive/archive.store.js';
import { type QueueHead, QueueStore } from '../../src/modules/jobs/record/queue/queue.store.js';
import type { NewPrompt } from '../../src/modules/jobs/record/submit/new-job.js';
import { StoredJobs } from '../../test/support/stored-jobs.js';

export interface TrafficOptions {
  jobs: number;
  /** Jobs that wait, while any are left to submit. */
  backlog: number;
  nodes: number;
  classes: number;
  tenants: number;
  /** Bytes of a graph. */
  graphBytes: number;
  /** What the mover takes: in service a day, here seconds. */
  archiveAfterMs: number;
  /** How long each of the leader's two statements took. */
  timed: (what: 'heads' | 'place', ms: number) => void;
}

/** As the leader reads and writes. */
const windowPerClass = 16;
const batchMax = 64;

export class Traffic {
  submitted = 0;
  finished = 0;
  archived = 0;
  private readonly stored: StoredJobs;
  private readonly queue: QueueStore;
  private readonly leader: AttemptsStore;
  private readonly archive: ArchiveStore;
  private readonly free: string[];
  private readonly running = new Set<Promise<void>>();
  private classIds: number[] = [];

  constructor(
    pool: Pool,
    /** Of the leader alone, so that what is timed is the statement and not the wait for a connection. */
    leaderPool: Pool,
    private readonly options: TrafficOptions,
  ) {
    this.stored = new StoredJobs(pool);
    this.queue = new QueueStore(leaderPool);
    this.leader = new AttemptsStore(leaderPool);
    this.archive = new ArchiveStore(pool);
    this.free = Array.from({ length: options.nodes }, (_, index) => `node-${index}`);
  }

  /** Resolves when every job has ended; `signal` breaks it off. */
  async run(signal: AbortSignal): Promise<void> {
    await this.stored.lead();
    for (let index = 0; index < this.options.classes; index += 1)
      this.classIds.push(await this.stored.classOf(`model-${index}`));
    const ended = new AbortController();
    const moving = this.moveUntil(AbortSignal.any([signal, ended.signal]));
    await Promise.all([this.submitAll(signal), this.placeAll(signal)]);
    await Promise.all(this.running);
    ended.abort();
    await moving;
  }

  private async submitAll(signal: AbortSignal): Promise<void> {
    const limit = pLimit(6);
    while (this.submitted < this.options.jobs && !signal.aborted) {
      const missing = this.options.backlog - (this.submitted - this.finished);
      const count = Math.min(missing, this.options.jobs - this.submitted, 100);
      if (count <= 0) await sleep(5);
      else await Promise.all(Array.from({ length: count }, () => limit(async () => this.submit())));
    }
  }

  private async submit(): Promise<void> {
    const { tenants, graphBytes } = this.options;
    this.submitted += 1;
    const number = this.submitted;
    await this.stored.submit(this.classIds[number % this.classIds.length] ?? 0, {
      tenantId: `tenant-${number % tenants}`,
      prompt,
      input: {
        templateHash: null,
        params: null,
        graph: graphOf(number, graphBytes),
        assets: [],
        extraData: null,
      },
    });
  }

  private async placeAll(signal: AbortSignal): Promise<void> {
    while (this.finished < this.options.jobs && !signal.aborted) {
      const heads =
        this.free.length === 0
          ? []
          : await this.timed('heads', this.queue.heads(this.classIds, windowPerClass));
      const chosen = heads.toSorted((one, other) => one.effKey - other.effKey).slice(0, batchMax);
      if (chosen.length === 0) await sleep(5);
      else await this.place(chosen);
    }
  }

  private async place(heads: QueueHead[]): Promise<void> {
    const batch = this.free.splice(0, heads.length).map((nodeId, index) => ({
      jobId: heads[index]!.id,
      promptId: randomUUID(),
      nodeId,
      slot: 0,
      owner: this.stored.owner,
      expectedMs: 1_000,
      loadsModels: false,
      decision: { terms: { switchingS: 0 }, considered: 40, runnersUp: ['node-1', 'node-2', 'node-3'] },
    }));
    const made = new Set(await this.timed('place', this.leader.place(batch, this.stored.term)));
    for (const placement of batch) {
      if (!made.has(placement.promptId)) throw new Error(`${placement.jobId} could not be placed`);
      const life = this.live(placement).finally(() => this.running.delete(life));
      this.running.add(life);
    }
  }

  private async live(placement: { jobId: string; promptId: string; nodeId: string }): Promise<void> {
    const running = await this.stored.run(this.stored.opened(placement), [50]);
    const result = { ...output, filename: `${placement.jobId}.png`, sha256: placement.jobId };
    await this.stored.finish(running, [{ ...result, nodeId: placement.nodeId }], runRecord);
    this.finished += 1;
    this.free.push(placement.nodeId);
  }

  private async moveUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for await (const moved of this.archive.move(this.options.archiveAfterMs)) {
        this.archived += moved;
        if (signal.aborted) return;
      }
      await sleep(1_000, undefined, { signal }).catch(() => undefined);
    }
  }

  private async timed<T>(what: 'heads' | 'place', work: Promise<T>): Promise<T> {
    const beganMs = performance.now();
    const answer = await work;
    this.options.timed(what, performance.now() - beganMs);
    return answer;
  }
}

const graphOf = (seed: number, bytes: number): string =>
  JSON.stringify({
    '1': { class_type: 'KSampler', inputs: { seed, text: `${seed} `.repeat(bytes / 8).slice(0, bytes) } },
  });

const prompt: NewPrompt = {
  place: 'address:127.0.0.1',
  clientId: 'soak',
  number: null,
  front: false,
  targets: ['1'],
  workflowId: null,
  secrets: null,
};
const output = {
  key: '1',
  subfolder: '',
  type: 'output',
  container: 'png',
  isVideo: false,
  mime: 'image/png',
  sizeBytes: 1,
  raw: { type: 'output' },
};
const runRecord = { outputs: '{}', messages: '[]', meta: '{}', startedAtMs: 1, endedAtMs: 2 };
