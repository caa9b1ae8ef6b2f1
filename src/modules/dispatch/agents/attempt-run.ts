/**
 * Follows one attempt from its intent to its closing, on the replica that owns it.
 *
 * Guarantees: nothing is posted before `sending` is committed, after its deadline, or twice; every move is decided on the version
 * read before the node was asked, so that a stale owner changes nothing; polling is the truth and socket events only
 * make it look sooner; whatever goes wrong here leaves the record as it was, for the next turn or the next owner.
 */
import { Nudge, untilAborted } from '../../../platform/lifecycle/index.js';
import { faults } from '../../../platform/crash-points/index.js';
import { isDatabaseUnavailable } from '../../../platform/database/index.js';
import { ComfyCallError, type ComfyEvent, type Fate, type Settled } from '../../comfyui/index.js';
import type { OpenAttempt } from '../../jobs/index.js';
import type { PreparedPrompt, Refusal } from './prompt.js';
import { interruptPrompt, postPrompt, readFateAt } from './at-node/prompt-at-node.js';
import type { RunDependencies } from './run-dependencies.js';
import { close, type Closing, hasJustBegun, stepAfter, unwantedBefore } from '../domain/step.js';
import { endsOrBegins } from '../domain/run-events.js';
import { isOverdue } from '../domain/run-limit.js';
import { runMsOf } from '../domain/run-time.js';
import { closingOfUnreachable, Unreachable } from '../domain/unreachable.js';
import { closingOf, fetchResults } from './results/results.js';
import { RunProgress } from './run-progress.js';

/** About fifteen seconds of interrupts: longer than a node needs to come to its next step. */
const stopsMax = 30;
const unreadableReadsMax = 5;
/** For the answer to a post that is under way at a stop: without it, the next owner has to find out what became of it. */
const postPatienceMs = 1000;
const notKnownToBeThere = 'whether the prompt arrived is not known; looking for it';

export class AttemptRun {
  private readonly nudge = new Nudge();
  private readonly stopping = new AbortController();
  private readonly leaving = new AbortController();
  /** Somebody wants the job's end: what is left to fetch is not wanted any more. */
  private readonly cancelling = new AbortController();
  private readonly unreachable: Unreachable;
  private readonly progress: RunProgress;
  /** The process that the prompt was sent to, or an earlier one. */
  private readonly incarnation: string | null;
  private hasLookedForEnded = false;
  private done: Promise<void> | undefined;
  private stopsSent = 0;
  private unreadableReads = 0;
  private heardStart = false;
  private heardEnd = false;
  /** When the prompt was last known to be at its node. */
  private knownThereMs = Infinity;

  constructor(
    private attempt: OpenAttempt,
    private readonly deps: RunDependencies,
  ) {
    this.unreachable = new Unreachable(deps.timings.lostGraceMs);
    this.incarnation = deps.monitor.settings.incarnation;
    this.progress = new RunProgress(attempt, deps.attempts, deps.events, deps.monotonicMs);
  }

  get jobId(): string {
    return this.attempt.jobId;
  }

  start(closed: (run: AttemptRun) => void): void {
    this.done ??= this.run().finally(() => closed(this));
  }

  /** Leaves the attempt open: the prompt goes on at its node, and the next owner follows it. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.nudge.finish();
    const patience = setTimeout(() => this.leaving.abort(), postPatienceMs);
    await this.done;
    clearTimeout(patience);
  }

  /** The record's newest word on what is wanted of this attempt. */
  update(fresh: OpenAttempt): void {
    if (this.processEnded && !this.hasLookedForEnded) {
      this.hasLookedForEnded = true;
      this.nudge.give();
    }
    const { cancelRequested, withdrawRequested } = fresh;
    const isNews =
      cancelRequested !== this.attempt.cancelRequested ||
      withdrawRequested !== this.attempt.withdrawRequested;
    if (!isNews) return;
    this.attempt = { ...this.attempt, cancelRequested, withdrawRequested };
    if (cancelRequested) this.cancelling.abort();
    this.nudge.give();
  }

  hear(event: ComfyEvent): void {
    this.progress.hear(event);
    this.heardStart ||= event.type === 'execution_start';
    if (!endsOrBegins(event)) return;
    this.heardEnd ||= event.type !== 'execution_start';
    this.nudge.give();
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.nudge.reset();
      try {
        if ((await this.turn()) === 'closed') return;
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        this.deps.log.warn(
          { err: error, job: this.attempt.jobId, node: this.attempt.nodeId, state: this.attempt.state },
          'following an attempt failed; trying again',
        );
        if (!isDatabaseUnavailable(error)) await this.nudge.pause(this.deps.timings.pollIntervalMs);
      }
      await this.nudge.pause(this.deps.timings.pollIntervalMs);
    }
  }

  /** One look at the record's state and what it asks for. `closed` also when the attempt is no longer ours. */
  private async turn(): Promise<'closed' | 'open'> {
    switch (this.attempt.state) {
      case 'intent':
        return this.send();
      case 'collecting':
      case 'sending':
      case 'accepted':
      case 'running':
        return this.look();
      case 'closed':
        return 'closed';
    }
  }

  private async send(): Promise<'closed' | 'open'> {
    const unwanted = this.unwanted();
    if (unwanted) return this.end(unwanted);
    const prompt = await this.prepare();
    if ('outcome' in prompt) return this.end(prompt);
    const unwantedNow = this.unwanted();
    if (unwantedNow) return this.end(unwantedNow);
    this.deps.monitor.noteSending(this.attempt.promptId);
    faults.hit('attempt.sending.before_commit');
    // Before the record's own deadline, which counts from the commit.
    const deadlineMs = this.deps.monotonicMs() + this.deps.timings.sendTimeoutMs;
    const sending = await this.deps.attempts.toSending(this.attempt, this.deps.timings.sendTimeoutMs);
    if (!sending) return 'closed';
    this.attempt = sending;
    faults.hit('attempt.sending.after_commit');
    return this.post(prompt, deadlineMs);
  }

  private readonly unwanted = (): Closing | undefined =>
    unwantedBefore(this.attempt, this.deps.refusalOf(this.attempt.promptId));

  private async prepare(): Promise<PreparedPrompt | Closing> {
    const { attempts, preparer, monitor } = this.deps;
    const input = await attempts.inputOf(this.attempt.jobId);
    if (!input) return close('invalid', 'the job has no input');
    const preparing = preparer.prepare(input, monitor, this.attempt.nodeVersion);
    const prompt = await untilAborted(preparing, this.stopping.signal);
    if (!('outcome' in prompt)) this.progress.begin(prompt.graph);
    return prompt;
  }

  private async post(prompt: PreparedPrompt, deadlineMs: number): Promise<'closed' | 'open'> {
    const { attempts, monitor } = this.deps;
    const { promptId, jobId, nodeId } = this.attempt;
    const posting = { ...prompt, promptId, clientId: this.deps.clientId(), deadlineMs };
    const sent = await untilAborted(postPrompt(monitor.client, posting), this.leaving.signal);
    switch (sent.kind) {
      case 'accepted':
        faults.hit('attempt.accepted.before_commit');
        return this.keep(attempts.toPosted(this.attempt, sent.number, this.heardStart));
      case 'close':
        return this.end(await this.deps.preparer.refused(prompt, sent, monitor));
      case 'unknown':
        this.deps.log.warn({ job: jobId, node: nodeId, err: sent.error }, notKnownToBeThere);
        return 'open';
    }
  }

  private async look(): Promise<'closed' | 'open'> {
    const { attempts, timings } = this.deps;
    if (
      !this.heardEnd &&
      !this.processEnded &&
      hasJustBegun({ ...this.attempt, heardStart: this.heardStart })
    )
      return this.keep(attempts.toRunning(this.attempt));
    const settled =
      this.attempt.state !== 'sending' || (await attempts.isPastSettle(this.attempt, timings.settleMs));
    const decidedOn = this.attempt;
    const beganMs = this.deps.monotonicMs();
    const { processEnded } = this;
    try {
      const fate = await untilAborted(this.readFate(beganMs), this.stopping.signal);
      this.unreachable.answered();
      if (fate === 'unreadable') return await this.unreadable();
      const { cancelRequested, withdrawRequested } = this.attempt;
      const step = stepAfter(fate, {
        state: decidedOn.state,
        settled,
        cancelRequested,
        withdrawRequested,
        heardStart: this.heardStart,
        overdue: isOverdue(decidedOn, timings.runLimitMs, Date.now()),
      });
      switch (step.kind) {
        case 'wait':
          return 'open';
        case 'advance':
          return await this.keep(
            step.to === 'running' ? attempts.toRunning(decidedOn) : attempts.toAccepted(decidedOn, null),
          );
        case 'stop':
          return await this.stopAtNode(step.running);
        case 'collect':
          return await this.collect(step.settled);
        case 'close':
          return await this.end({ ...step, ...('messages' in fate && { settled: fate }) });
      }
    } catch (error) {
      if (!(error instanceof ComfyCallError)) throw error;
      return this.missed(error, settled, { beganMs, processEnded });
    }
  }

  /** What the node is asked to do rests on a reading of that moment. */
  private async readFate(nowMs: number): Promise<Fate | 'unreadable'> {
    const { promptId, cancelRequested, withdrawRequested } = this.attempt;
    const { monitor, queue, timings } = this.deps;
    const mayAct =
      cancelRequested || withdrawRequested || isOverdue(this.attempt, timings.runLimitMs, Date.now());
    const sinceMs = mayAct ? nowMs : this.knownThereMs;
    return readFateAt(monitor.client, promptId, this.heardEnd, async () => queue.read(sinceMs));
  }

  /** The source of the node says that the process which was followed is no more. */
  private get processEnded(): boolean {
    return this.deps.monitor.isOtherThan(this.incarnation);
  }

  /** The node did not answer a read that began at `beganMs`, when its process was known to have ended or was not. */
  private async missed(
    error: ComfyCallError,
    settled: boolean,
    { beganMs, processEnded }: { beganMs: number; processEnded: boolean },
  ): Promise<'closed' | 'open'> {
    const { monitor } = this.deps;
    const refused = error.kind === 'not_sent';
    monitor.pollFailed(refused ? 'refused' : error.kind === 'timeout' ? 'timeout' : 'error');
    const verdict = this.unreachable.failed(refused, beganMs, this.deps.monotonicMs(), processEnded);
    // A post may still land on a node that only we cannot reach.
    if (verdict === 'wait' || !settled) return 'open';
    const wasCollecting = this.attempt.state === 'collecting';
    const isProcessGone = processEnded && refused;
    return this.end(
      closingOfUnreachable(error.message, { wasCollecting, isProcessGone, forMs: verdict.forMs }),
    );
  }

  /** The run is over, and the node fails to say how. */
  private async unreadable(): Promise<'closed' | 'open'> {
    this.unreadableReads += 1;
    if (this.unreadableReads < unreadableReadsMax) return 'open';
    const closing = close(
      'collect_error',
      'the node cannot tell what became of the prompt: its history answers with an error',
    );
    const state = await this.deps.settler.settle(
      this.attempt,
      { ...closing, outputs: [] },
      this.deps.monitor,
    );
    if (state) await this.deps.finished.forgetNow(this.attempt.promptId);
    return 'closed';
  }

  private async collect(settled: Settled): Promise<'closed' | 'open'> {
    if (this.attempt.state !== 'collecting') {
      const collecting = await this.deps.attempts.toCollecting(this.attempt, {
        runMs: runMsOf(settled, Date.now() - this.attempt.createdAt.getTime()),
        setUpMs: this.progress.setUpMs(),
      });
      if (!collecting) return 'closed';
      this.attempt = collecting;
      this.deps.settler.runEnded(this.attempt, settled);
    }
    faults.hit('attempt.collecting.after_commit');
    const collected = await fetchResults(this.deps, this.attempt, settled, {
      stopping: this.stopping.signal,
      cancelling: this.cancelling.signal,
    });
    if (collected === 'cancelled')
      return this.end({ ...close('cancelled', 'cancelled while its results were fetched'), settled });
    if (collected.kind === 'failed') return this.end(close('collect_error', collected.message));
    faults.hit('attempt.settle.before_commit');
    const outcome = await this.deps.settler.settle(
      this.attempt,
      { ...closingOf(collected), outputs: collected.outputs, settled },
      this.deps.monitor,
    );
    if (outcome) this.deps.finished.forget(this.attempt.promptId);
    return 'closed';
  }

  private async stopAtNode(running: boolean): Promise<'closed' | 'open'> {
    const { monitor } = this.deps;
    this.stopsSent += 1;
    if (this.stopsSent > stopsMax) {
      monitor.raise('zombie');
      const outcome = this.attempt.cancelRequested ? 'cancelled' : 'timeout';
      return this.end(close(outcome, 'the node did not react to repeated interrupts'));
    }
    const { promptId } = this.attempt;
    const asked = running ? interruptPrompt(monitor, promptId) : monitor.client.withdraw([promptId]);
    await untilAborted(asked, this.stopping.signal);
    faults.hit('attempt.stop.after_request');
    this.nudge.give();
    await this.nudge.pause(Math.min(500, this.deps.timings.pollIntervalMs), false);
    return 'open';
  }

  private async end(closing: Refusal & { settled?: Settled }): Promise<'closed'> {
    // A run that kills its node at once is over before a poll can see it, but the socket heard it begin.
    if (closing.outcome === 'node_lost' && this.heardStart && this.attempt.runningAt === null) {
      if ((await this.keep(this.deps.attempts.toRunning(this.attempt))) === 'closed') return 'closed';
    }
    await this.deps.settler.settle(this.attempt, { ...closing, outputs: [] }, this.deps.monitor);
    return 'closed';
  }

  private async keep(move: Promise<OpenAttempt | null>): Promise<'closed' | 'open'> {
    const moved = await move;
    if (!moved) return 'closed';
    const began = moved.state === 'running' && this.attempt.state !== 'running';
    if (moved.state === 'accepted') faults.hit('attempt.accepted.after_commit');
    if (moved.state === 'running') faults.hit('attempt.running.after_commit');
    const { cancelRequested, withdrawRequested } = this.attempt;
    this.attempt = { ...moved, cancelRequested, withdrawRequested };
    if (began) await this.progress.started();
    this.knownThereMs = this.deps.monotonicMs();
    // Whatever it said while this was written.
    if (this.heardEnd || (moved.state === 'accepted' && this.heardStart)) this.nudge.give();
    return 'open';
  }
}
