/**
 * One turn at an attempt: looks at the node, asks domain/attempt-move.ts what follows, and carries that out.
 *
 * Guarantees: nothing is posted before `sending` is committed, after its deadline, or twice; every move is decided on the version
 * read before the node was asked, so that a stale owner changes nothing.
 */
import { faults } from '../../../platform/crash-points/index.js';
import { ComfyCallError, type ComfyEvent, type Settled } from '../../comfyui/index.js';
import { ageMsOf, type NewOutput, type OpenAttempt } from '../../jobs/index.js';
import {
  attemptMove,
  type Counters,
  countersFrom,
  type Ending,
  type Move,
  type Observation,
} from '../domain/attempt/attempt-move.js';
import { endsOrBegins } from '../domain/run-events.js';
import { isOverdue } from '../domain/run-limit.js';
import { runMsOf } from '../domain/run-time.js';
import { type AttemptFacts, close, type Closing } from '../domain/attempt/step.js';
import type { PreparedPrompt } from './prompt.js';
import { FollowedPrompt } from './at-node/followed-prompt.js';
import { fetchResults } from './results/results.js';
import type { RunDependencies } from './run-dependencies.js';
import type { RunSignals } from './run-signals.js';

/** `closed` also when the attempt is no longer ours. */
export type Turned = 'closed' | 'open';

/** What the record keeps of an end, besides what the move says. */
interface Told {
  settled?: Settled;
  outputs?: NewOutput[];
}

export class AttemptWork {
  private readonly prompt: FollowedPrompt;
  private counters: Counters;
  private hasLookedForEnded = false;
  private heardStart = false;
  private heardEnd = false;
  /** When it began to run, or to wait at its node; by this process, whose wall clock need not be the database's. */
  private sinceMs: number;

  constructor(
    public attempt: OpenAttempt,
    private readonly deps: RunDependencies,
    private readonly signals: RunSignals,
  ) {
    this.prompt = new FollowedPrompt(attempt, deps.node, deps.preparer, deps.clock, signals);
    this.counters = countersFrom(attempt);
    this.sinceMs = deps.clock.monotonicMs() - (attempt.atNodeForMs ?? 0);
  }

  update({ cancelRequested, withdrawRequested }: OpenAttempt): void {
    if (this.prompt.processEnded && !this.hasLookedForEnded) {
      this.hasLookedForEnded = true;
      this.signals.wake();
    }
    const isNews =
      cancelRequested !== this.attempt.cancelRequested ||
      withdrawRequested !== this.attempt.withdrawRequested;
    if (!isNews) return;
    this.attempt = { ...this.attempt, cancelRequested, withdrawRequested };
    if (cancelRequested) this.signals.cancel();
    this.signals.wake();
  }

  hear(event: ComfyEvent): void {
    this.deps.progress.hear(event);
    this.heardStart ||= event.type === 'execution_start';
    if (!endsOrBegins(event)) return;
    this.heardEnd ||= event.type !== 'execution_start';
    this.signals.wake();
  }

  async turn(): Promise<Turned> {
    switch (this.attempt.state) {
      case 'intent':
        return this.send();
      case 'collecting':
      case 'sending':
      case 'accepted':
      case 'running':
        return this.follow();
      case 'closed':
        return 'closed';
    }
  }

  private decide(seen: Observation, facts = this.facts()): Move {
    const { move, counters } = attemptMove({ ...facts, heardStart: this.heardStart }, seen, this.counters);
    this.counters = counters;
    return move;
  }

  private facts(): AttemptFacts {
    const { state, cancelRequested, withdrawRequested, runningAt } = this.attempt;
    const { heardStart } = this;
    const { clock } = this.deps;
    const overdue = isOverdue(this.attempt, clock.monotonicMs() - this.sinceMs, clock.runLimitMs);
    const began = runningAt !== null;
    return { state, settled: true, cancelRequested, withdrawRequested, heardStart, began, overdue };
  }

  /** `from`: the attempt as it was when the node was asked. */
  private async carryOut(move: Move, from: OpenAttempt, told: Told = {}): Promise<Turned> {
    const { attempts } = this.deps;
    switch (move.kind) {
      case 'send':
      case 'look':
      case 'wait':
        return 'open';
      case 'advance':
        return this.keep(move.to === 'running' ? attempts.toRunning(from) : attempts.toAccepted(from, null));
      case 'stop':
        return this.stopAtNode(move.running);
      case 'collect':
        return this.collect(move.settled);
      case 'close':
        return this.end(move, told);
    }
  }

  private async send(): Promise<Turned> {
    const before = this.decide(this.unsent());
    if (before.kind !== 'send') return this.carryOut(before, this.attempt);
    const prompt = await this.prepare();
    if ('outcome' in prompt) return this.carryOut(this.rejected(prompt), this.attempt);
    const now = this.decide(this.unsent(await this.prompt.claimRefusal()));
    if (now.kind !== 'send') return this.carryOut(now, this.attempt);
    this.prompt.noteSending();
    faults.hit('attempt.sending.before_commit');
    // Before the record's own deadline, which counts from the commit.
    const deadlineMs = this.deps.clock.monotonicMs() + this.deps.clock.sendTimeoutMs;
    const sending = await this.deps.attempts.toSending(this.attempt, this.deps.clock.sendTimeoutMs);
    if (!sending) return 'closed';
    this.attempt = sending;
    faults.hit('attempt.sending.after_commit');
    return this.post(prompt, deadlineMs);
  }

  private unsent(claimRefusal?: string): Observation {
    return { kind: 'unsent', refusal: claimRefusal ?? this.prompt.refusal() };
  }

  private rejected(closing: Closing): Move {
    return this.decide({ kind: 'rejected', closing });
  }

  private async prepare(): Promise<PreparedPrompt | Closing> {
    const input = await this.deps.attempts.inputOf(this.attempt.jobId);
    if (!input) return close('invalid', 'the job has no input');
    const prompt = await this.prompt.prepare(input);
    if (!('outcome' in prompt)) this.deps.progress.begin(prompt.graph);
    return prompt;
  }

  private async post(prompt: PreparedPrompt, deadlineMs: number): Promise<Turned> {
    const { attempts, log } = this.deps;
    const { jobId, nodeId } = this.attempt;
    const sent = await this.prompt.post(prompt, deadlineMs);
    switch (sent.kind) {
      case 'accepted': {
        const move = this.decide({ kind: 'posted' });
        faults.hit('attempt.accepted.before_commit');
        // One statement, whether it runs already or waits.
        const isRunning = move.kind === 'advance' && move.to === 'running';
        return this.keep(attempts.toPosted(this.attempt, sent.number, isRunning));
      }
      case 'close':
        return this.carryOut(this.rejected(await this.prompt.refused(prompt, sent)), this.attempt);
      case 'unknown':
        log.warn(
          { job: jobId, node: nodeId, err: sent.error },
          'whether the prompt arrived is not known; looking for it',
        );
        return this.carryOut(this.decide({ kind: 'unanswered' }), this.attempt);
    }
  }

  private async follow(): Promise<Turned> {
    const known = this.facts();
    const isOverSaid = this.heardEnd || this.prompt.processEnded;
    const move = this.decide({ kind: 'unread', isOverSaid }, known);
    return move.kind === 'look' ? this.look(move.fresh, known) : this.carryOut(move, this.attempt);
  }

  /** What is wanted from now on was not asked for with this reading: the next one answers it, and comes at once. */
  private async look(fresh: boolean, before: AttemptFacts): Promise<Turned> {
    const { attempts, clock } = this.deps;
    const settled =
      this.attempt.state !== 'sending' || (await attempts.isPastSettle(this.attempt, clock.settleMs));
    const from = this.attempt;
    const known = { ...before, settled };
    const looking = this.prompt.begin();
    try {
      const seen = await this.prompt.read(looking, fresh, this.heardEnd);
      return await this.carryOut(this.decide(seen, known), from, toldBy(seen));
    } catch (error) {
      if (!(error instanceof ComfyCallError)) throw error;
      return this.carryOut(this.decide(this.prompt.silent(error, looking), known), from);
    }
  }

  private async collect(settled: Settled): Promise<Turned> {
    if (this.attempt.state !== 'collecting') {
      const collecting = await this.deps.attempts.toCollecting(this.attempt, {
        runMs: runMsOf(settled, ageMsOf(this.attempt)),
        setUpMs: this.deps.progress.setUpMs(),
      });
      if (!collecting) return 'closed';
      this.attempt = collecting;
      this.deps.settler.runEnded(this.attempt, settled);
    }
    faults.hit('attempt.collecting.after_commit');
    const results = await fetchResults(this.deps, this.attempt, settled, this.signals);
    const move = this.decide({ kind: 'fetched', results });
    if (results.kind === 'failed') return this.carryOut(move, this.attempt);
    if (results.kind === 'cancelled') return this.carryOut(move, this.attempt, { settled });
    faults.hit('attempt.settle.before_commit');
    return this.carryOut(move, this.attempt, { settled, outputs: results.outputs });
  }

  private async stopAtNode(running: boolean): Promise<Turned> {
    await this.prompt.stop(running);
    faults.hit('attempt.stop.after_request');
    this.signals.wake();
    await this.signals.pause(Math.min(500, this.deps.clock.pollIntervalMs), false);
    return 'open';
  }

  private async end(ending: Ending, { settled, outputs = [] }: Told): Promise<'closed'> {
    const { attempts, settler, node } = this.deps;
    if (ending.zombie) node.monitor.raise('zombie');
    if (ending.beganUnseen && (await this.keep(attempts.toRunning(this.attempt))) === 'closed')
      return 'closed';
    const conclusion = { ...ending, outputs, ...(settled && { settled }) };
    const state = await settler.settle(this.attempt, conclusion, node.monitor);
    if (state) await this.prompt.forget(ending.forgets);
    return 'closed';
  }

  private async keep(move: Promise<OpenAttempt | null>): Promise<Turned> {
    const moved = await move;
    if (!moved) return 'closed';
    const began = moved.state === 'running' && this.attempt.state !== 'running';
    // Its node may have begun it before it answered.
    if (this.attempt.state === 'sending') faults.hit('attempt.accepted.after_commit');
    if (moved.state === 'running') faults.hit('attempt.running.after_commit');
    const { cancelRequested, withdrawRequested } = this.attempt;
    if (moved.state !== this.attempt.state) this.sinceMs = this.deps.clock.monotonicMs();
    this.attempt = { ...moved, cancelRequested, withdrawRequested };
    if (began) await this.deps.progress.started();
    this.prompt.noteThere();
    // Whatever it said while this was written.
    if (this.heardEnd || (moved.state === 'accepted' && this.heardStart)) this.signals.wake();
    return 'open';
  }
}

const toldBy = (seen: Observation): Told =>
  seen.kind === 'read' && 'messages' in seen.fate ? { settled: seen.fate } : {};
