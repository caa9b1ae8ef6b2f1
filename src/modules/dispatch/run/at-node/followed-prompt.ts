/** An attempt's prompt at its node, as its owner sees it: prepared for it, posted to it, asked about, stopped and forgotten there. */
import { untilAborted } from '../../../../platform/lifecycle/index.js';
import type { ComfyCallError } from '../../../comfyui/index.js';
import type { AttemptInput, OpenAttempt } from '../../../jobs/index.js';
import type { Observation } from '../../domain/attempt/attempt-move.js';
import type { Closing } from '../../domain/attempt/step.js';
import type { PreparedPrompt, PromptPreparer, Refusal } from '../prompt.js';
import type { RunClock } from '../run-clock.js';
import type { NodeAtWork } from '../run-dependencies.js';
import type { RunSignals } from '../run-signals.js';
import { interruptPrompt, isUntold, type Posted, postPrompt, readFateAt } from './prompt-at-node.js';

/** When a read began, and whether the process that the prompt was sent to was known to have ended by then. */
export interface Look {
  beganMs: number;
  processEnded: boolean;
}

export class FollowedPrompt {
  /** The process that the prompt was sent to, or an earlier one. */
  private readonly incarnation: string | null;
  /** When the prompt was last known to be at its node. */
  private knownThereMs = Infinity;

  constructor(
    private readonly attempt: Pick<OpenAttempt, 'promptId' | 'nodeVersion'>,
    readonly node: NodeAtWork,
    private readonly preparer: PromptPreparer,
    private readonly clock: RunClock,
    private readonly signals: RunSignals,
  ) {
    this.incarnation = node.monitor.settings.incarnation;
  }

  /** The source of the node says that the process which was followed is no more. */
  get processEnded(): boolean {
    return this.node.monitor.isOtherThan(this.incarnation);
  }

  /** Why it must not be sent after all, by what is known now; undefined: it may. */
  refusal(): string | undefined {
    return this.preparer.refusalOf(this.attempt.promptId, this.node.monitor);
  }

  /** Claims a node that it would try; answers why it must not. */
  async claimRefusal(): Promise<string | undefined> {
    return this.preparer.claimRefusalOf(this.attempt.promptId, this.node.monitor);
  }

  /** Uploads what the node lacks. Throws when the replica stops, and when the fault is ours. */
  async prepare(input: AttemptInput): Promise<PreparedPrompt | Closing> {
    const preparing = this.preparer.prepare(input, this.node.monitor, this.attempt.nodeVersion);
    return untilAborted(preparing, this.signals.stopping);
  }

  noteSending(): void {
    this.node.monitor.noteSending(this.attempt.promptId);
  }

  async post(prompt: PreparedPrompt, deadlineMs: number): Promise<Posted> {
    const { promptId } = this.attempt;
    const posting = { ...prompt, promptId, clientId: this.node.clientId(), deadlineMs };
    return untilAborted(postPrompt(this.node.monitor.client, posting), this.signals.leaving);
  }

  /** What a refusal is about, once the node's own lists were read again. */
  async refused(prompt: PreparedPrompt, refusal: Refusal): Promise<Refusal> {
    return this.preparer.refused(prompt, refusal, this.node.monitor);
  }

  noteThere(): void {
    this.knownThereMs = this.clock.monotonicMs();
  }

  begin(): Look {
    return { beganMs: this.clock.monotonicMs(), processEnded: this.processEnded };
  }

  /** With `fresh`, no reading of the queue counts that began before this one. Throws ComfyCallError. */
  async read({ beganMs }: Look, fresh: boolean, endHeard: boolean): Promise<Observation> {
    const { monitor, queue } = this.node;
    const sinceMs = fresh ? beganMs : this.knownThereMs;
    const reading = readFateAt(monitor.client, this.attempt.promptId, endHeard, async () =>
      queue.read(sinceMs),
    );
    const fate = await untilAborted(reading, this.signals.stopping);
    return isUntold(fate) ? { kind: fate } : { kind: 'read', fate };
  }

  /** The node did not answer. */
  silent({ kind, message }: ComfyCallError, { beganMs, processEnded }: Look): Observation {
    const refused = kind === 'not_sent';
    this.node.monitor.pollFailed(refused ? 'refused' : kind === 'timeout' ? 'timeout' : 'error');
    const { lostGraceMs: graceMs } = this.clock;
    const nowMs = this.clock.monotonicMs();
    return { kind: 'silent', message, refused, beganMs, nowMs, processEnded, graceMs };
  }

  /** Off the node's queue, or interrupted. Throws ComfyCallError. */
  async stop(running: boolean): Promise<void> {
    const { monitor } = this.node;
    const { promptId } = this.attempt;
    const stopping = running ? interruptPrompt(monitor, promptId) : monitor.client.withdraw([promptId]);
    await untilAborted(stopping, this.signals.stopping);
  }

  /** Only once its end is recorded. Never rejects. */
  async forget(when: 'soon' | 'now' | undefined): Promise<void> {
    const { finished } = this.node;
    if (when === 'now') await finished.forgetNow(this.attempt.promptId);
    if (when === 'soon') finished.forget(this.attempt.promptId);
  }
}
