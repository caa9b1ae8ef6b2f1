/** What made a second run of a job lawful: the outcome of the attempt before it, held against what its node did. */
import type { AttemptRow, Prompt } from './evidence.js';
import type { Forgetting, Outage, Refusal } from './strike.js';

/** The run had ended, or its node had been told to end it, when the attempt was closed. */
const stoppedOutcomes = new Set(['interrupted', 'timeout', 'oom', 'node_fault', 'collect_error']);
/** The node showed the prompt neither in its queue nor in its history. What it forgot cannot be told from what was taken off its queue. */
const absentOutcomes = new Set(['node_lost', 'not_arrived', 'withdrawn']);
/** Within this the reaper must have ended what landed late, at a node that can be reached. */
const reaperMs = 5000;
/** A call that is under way when a node goes out of reach ends that much later. */
const callTimeoutMs = 10_000;

export class Circumstances {
  constructor(
    private readonly forgettings: readonly Forgetting[],
    private readonly outages: readonly Outage[],
    private readonly settleMs: number,
    private readonly refusals: readonly Refusal[] = [],
  ) {}

  /** It was placed although everybody knew that an operator wants no work there. */
  wasRefused({ nodeId, createdAt }: AttemptRow): boolean {
    const atMs = createdAt.getTime();
    return this.refusals.some(({ node, fromMs, toMs }) => node === nodeId && atMs > fromMs && atMs < toMs);
  }

  /** Undefined when the job must not have been tried again, or not then. */
  reasonOf(attempt: AttemptRow, run: Prompt): string | undefined {
    const outcome = attempt.givenUpAs ?? attempt.outcome;
    if (outcome === null || attempt.closedAt === null) return undefined;
    const reason = this.reasonToTryAgain(outcome, attempt.closedAt, attempt, run);
    return reason === undefined || attempt.givenUpAs === null ? reason : `${reason}, adopted late`;
  }

  private reasonToTryAgain(
    outcome: string,
    closedAt: Date,
    attempt: AttemptRow,
    run: Prompt,
  ): string | undefined {
    if (this.landedLate(attempt, run)) return `${outcome}: landed after the settle time, then ${run.outcome}`;
    if (stoppedOutcomes.has(outcome)) return outcome;
    const endedWithItsProcess = run.outcome === 'lost' && run.finishedAt! <= closedAt.getTime();
    if (!absentOutcomes.has(outcome)) return undefined;
    if (attempt.code === 'unreachable') return `${outcome}: out of reach, then ${run.outcome}`;
    if (endedWithItsProcess) return `${outcome}: its process ended`;
    return this.wasForgotten(run, closedAt) ? `${outcome}: its history was lost` : undefined;
  }

  /** It landed after it was given up, and nobody stopped it. */
  overstayed(attempt: AttemptRow, run: Prompt): boolean {
    if (!this.landedLate(attempt, run) || run.finishedAt === null || attempt.closedAt === null) return false;
    const fromMs = Math.max(run.acceptedAt, attempt.closedAt.getTime());
    const toMs = run.finishedAt;
    const excusedMs = this.outages
      .map((outage) => ({ ...outage, callMs: outage.node === undefined ? 0 : callTimeoutMs }))
      .filter(
        ({ node, ...outage }) =>
          (node ?? run.node) === run.node && outage.fromMs < toMs && outage.toMs + outage.callMs > fromMs,
      )
      .reduce((sum, outage) => sum + outage.toMs - outage.fromMs + outage.callMs, 0);
    return toMs - fromMs > reaperMs + excusedMs;
  }

  /** The settle time is how long a post may be on its way; this one took longer. */
  private landedLate({ sendDeadline }: AttemptRow, { acceptedAt }: Prompt): boolean {
    return sendDeadline !== null && acceptedAt >= sendDeadline.getTime() + this.settleMs;
  }

  private wasForgotten({ node, startedAt, finishedAt }: Prompt, closedAt: Date): boolean {
    if (finishedAt === null) return false;
    return this.forgettings.some(
      (forgetting) =>
        forgetting.node === node && forgetting.atMs >= startedAt! && forgetting.atMs <= closedAt.getTime(),
    );
  }
}
