/**
 * Prompts of ours that are over, to be forgotten by their node: its history keeps whole prompts in memory for ten thousand jobs. Those
 * that end within a moment are told together; what cannot be told stays in the history.
 */
import { untilAborted } from '../../../../platform/lifecycle/index.js';
import type { Logger } from '../../../../platform/logging/index.js';
import type { ComfyClient } from '../../../comfyui/index.js';

const gatherMs = 500;
/** A stop waits for it, and a node may never answer. */
const patienceMs = 1000;

export class FinishedPrompts {
  private ids: string[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly client: Pick<ComfyClient, 'deleteHistory'>,
    private readonly log: Logger,
  ) {}

  /** Only once its end is recorded: to whoever looks next, a prompt without history is a lost one. */
  forget(promptId: string): void {
    this.ids.push(promptId);
    this.timer ??= setTimeout(() => void this.tell(), gatherMs);
  }

  /** One that makes the node's history unreadable hides all others: nothing is gathered first. Never rejects. */
  async forgetNow(promptId: string): Promise<void> {
    this.ids.push(promptId);
    await this.tell();
  }

  /** Tells what is left, and waits a moment for the answer. Never rejects. */
  async tell(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const ids = this.ids.splice(0);
    if (ids.length === 0) return;
    await untilAborted(this.client.deleteHistory(ids), AbortSignal.timeout(patienceMs)).catch(
      (error: unknown) =>
        this.log.debug({ err: error }, 'finished prompts may stay in the history of their node'),
    );
  }
}
