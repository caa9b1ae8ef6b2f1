/** Jobs driven through the stores, without service or nodes: their SQL is the product's own. */
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type {
  NewOutput,
  OpenAttempt,
  RunRecord,
} from '../../src/modules/jobs/record/attempts/attempts.records.js';
import { AttemptsStore } from '../../src/modules/jobs/record/attempts/attempts.store.js';
import { JobsStore } from '../../src/modules/jobs/record/reading/jobs.store.js';
import type { NewJob } from '../../src/modules/jobs/record/submit/new-job.js';
import { SubmitStore } from '../../src/modules/jobs/record/submit/submit.store.js';

export class StoredJobs {
  readonly jobs: JobsStore;
  readonly intake: SubmitStore;
  readonly attempts: AttemptsStore;
  readonly owner = randomUUID();
  readonly term = 1;

  constructor(readonly pool: Pool) {
    this.jobs = new JobsStore(pool);
    this.intake = new SubmitStore(pool);
    this.attempts = new AttemptsStore(pool);
  }

  /** Takes the lead, for ever: `place` asks for it. */
  async lead(): Promise<void> {
    await this.pool.query(
      `INSERT INTO leader (name, replica_id, term, expires_at) VALUES ('scheduler', $1, $2, 'infinity')`,
      [this.owner, this.term],
    );
  }

  async classOf(name: string): Promise<number> {
    return this.intake.ensureClass({
      hash: name,
      requirements: {},
      models: [`${name}.safetensors`],
      loras: [],
      nodeTypes: ['KSampler'],
      profileId: name,
      minVramBytes: 0,
      workflow: null,
      labels: {},
      pool: null,
    });
  }

  /** The new job's id. */
  async submit(classId: number, more: Partial<NewJob> = {}): Promise<string> {
    return (await this.insert(classId, more)).id;
  }

  async insert(classId: number, more: Partial<NewJob> = {}) {
    const id = more.id ?? uuidv7();
    const inserted = await this.intake.insert({
      id,
      tenantId: 'default',
      classId,
      principalId: null,
      door: 'v1',
      workflow: null,
      priority: 0,
      creditS: 0,
      estimateMs: 1000,
      workUnits: 1,
      deadline: null,
      runLimitMs: null,
      labels: null,
      traceparent: null,
      idempotency: null,
      prompt: null,
      webhook: null,
      deliver: null,
      input: { templateHash: null, params: null, graph: '{}', assets: [], extraData: null },
      ...more,
    });
    return { id, inserted };
  }

  /** Places the job; null when it or the node is taken. */
  async place(jobId: string, nodeId: string): Promise<OpenAttempt | null> {
    const placement = {
      jobId,
      promptId: randomUUID(),
      nodeId,
      slot: 0,
      owner: this.owner,
      decision: {},
      expectedMs: null,
      loadsModels: null,
    };
    const [made] = await this.attempts.place([placement], this.term);
    return made === undefined ? null : this.opened(placement);
  }

  /** What `openOf` would read, without the read. */
  opened(placement: { jobId: string; promptId: string; nodeId: string }): OpenAttempt {
    return {
      ...placement,
      tenantId: 'default',
      nodeRegistered: true,
      slot: 0,
      withdrawRequested: false,
      expectedMs: null,
      owner: this.owner,
      ver: 0,
      state: 'intent',
      nodeVersion: null,
      othersAway: false,
      sendDeadline: null,
      createdAt: new Date(),
      madeMs: performance.now(),
      acceptedAt: null,
      runningAt: null,
      collectingAt: null,
      atNodeForMs: null,
      progress: null,
      cancelRequested: false,
      attemptsJob: 0,
      attemptsInfra: 0,
      runLimitMs: null,
      workflow: null,
      classId: 0,
      profileId: '',
      queuedAt: new Date(),
      traceparent: null,
    };
  }

  /** intent → running, with progress on the way. */
  async run(attempt: OpenAttempt, notes: readonly number[] = [25, 50, 75]): Promise<OpenAttempt> {
    const sending = must(await this.attempts.toSending(attempt, 10_000));
    const accepted = must(await this.attempts.toAccepted(sending, 1));
    const running = must(await this.attempts.toRunning(accepted));
    for (const progress of notes) await this.attempts.noteProgress(attempt.promptId, progress);
    return running;
  }

  /** running → collecting → closed(ok), the job succeeded. */
  async finish(running: OpenAttempt, outputs: NewOutput[] = [], run: RunRecord | null = null): Promise<void> {
    const collecting = must(await this.attempts.toCollecting(running, { runMs: null, setUpMs: null }));
    must(
      await this.attempts.settle(collecting, {
        outcome: 'ok',
        disposition: { kind: 'succeed' },
        error: null,
        outputs,
        run,
      }),
    );
  }
}

function must<T>(moved: T | null): T {
  if (moved === null) throw new Error('the attempt was moved by somebody else');
  return moved;
}
