/**
 * The queue of one node, read once for all that ask at about the same time: its listing holds whole prompts. A reading counts only if it
 * began after the asker's prompt was known to be there, for a prompt that is not listed has ended or is lost.
 */
import type { ComfyClient, QueueReading } from '../../../comfyui/index.js';

export class QueueReads {
  private last: { beganMs: number; reading: Promise<QueueReading> } | undefined;

  constructor(
    private readonly client: Pick<ComfyClient, 'queue'>,
    private readonly freshMs: number,
    private readonly monotonicMs: () => number,
  ) {}

  /** A reading that began after `sinceMs`. Errors are those of `queue`, and not kept. */
  async read(sinceMs: number): Promise<QueueReading> {
    const nowMs = this.monotonicMs();
    const { last } = this;
    if (last && last.beganMs > sinceMs && nowMs - last.beganMs < this.freshMs) return last.reading;
    const reading = this.client.queue();
    this.last = { beganMs: nowMs, reading };
    reading.catch(() => {
      if (this.last?.reading === reading) this.last = undefined;
    });
    return reading;
  }
}
