/**
 * Follows one attempt from its intent to its closing, on the replica that owns it: turn after turn, until it is closed or no longer
 * ours. Polling is the truth, and socket events only make it look sooner; whatever goes wrong here leaves the record as it was, for
 * the next turn or the next owner.
 */
import { isDatabaseUnavailable } from '../../../platform/database/index.js';
import type { ComfyEvent } from '../../comfyui/index.js';
import type { OpenAttempt } from '../../jobs/index.js';
import { AttemptWork } from './attempt-work.js';
import type { RunDependencies } from './run-dependencies.js';
import { RunSignals } from './run-signals.js';

/** For the answer to a post that is under way at a stop: without it, the next owner has to find out what became of it. */
const postPatienceMs = 1000;

export class AttemptRun {
  private readonly signals = new RunSignals();
  private readonly work: AttemptWork;
  private done: Promise<void> | undefined;

  constructor(
    attempt: OpenAttempt,
    private readonly deps: RunDependencies,
  ) {
    this.work = new AttemptWork(attempt, deps, this.signals);
  }

  get jobId(): string {
    return this.work.attempt.jobId;
  }

  start(closed: (run: AttemptRun) => void): void {
    this.done ??= this.run().finally(() => closed(this));
  }

  /** Leaves the attempt open: the prompt goes on at its node, and the next owner follows it. */
  async stop(): Promise<void> {
    this.signals.stop();
    const patience = setTimeout(() => this.signals.leave(), postPatienceMs);
    await this.done;
    clearTimeout(patience);
  }

  /** The record's newest word on what is wanted of this attempt. */
  update(fresh: OpenAttempt): void {
    this.work.update(fresh);
  }

  hear(event: ComfyEvent): void {
    this.work.hear(event);
  }

  private async run(): Promise<void> {
    const { pollIntervalMs } = this.deps.clock;
    while (!this.signals.stopping.aborted) {
      this.signals.renew();
      try {
        if ((await this.work.turn()) === 'closed') return;
      } catch (error) {
        if (this.signals.stopping.aborted) return;
        const { jobId: job, nodeId: node, state } = this.work.attempt;
        this.deps.log.warn({ err: error, job, node, state }, 'following an attempt failed; trying again');
        if (!isDatabaseUnavailable(error)) await this.signals.pause(pollIntervalMs);
      }
      await this.signals.pause(pollIntervalMs);
    }
  }
}
