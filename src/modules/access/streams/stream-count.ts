/**
 * The long-lived connections of one tenant at this replica. What it says of itself in the record is never less than what is open: whoever
 * comes in waits until it is written there, whoever leaves goes first. One statement at a time; whoever comes meanwhile shares the next.
 */
interface Waiter {
  resolve: (isIn: boolean) => void;
  reject: (error: unknown) => void;
}

/** Notes `open`, and as many of `wanted` more as there is room for. Answers how many those are. */
type NoteOpen = (open: number, wanted: number) => Promise<number>;

export class StreamCount {
  private open = 0;
  /** Undefined where a statement broke off. */
  private noted: number | undefined = 0;
  private readonly waiting: Waiter[] = [];
  private noting: Promise<void> | undefined;

  constructor(private readonly note: NoteOpen) {}

  /** False when there is no room. Who came in calls `leave`. Rejects when the record cannot tell. */
  async enter(): Promise<boolean> {
    const entered = new Promise<boolean>((resolve, reject) => this.waiting.push({ resolve, reject }));
    // Whoever waits is told by its own promise.
    this.settle().catch(() => undefined);
    return entered;
  }

  /** Where there is no limit: the record hears of it later. */
  enterAtOnce(): void {
    this.open += 1;
  }

  leave(): void {
    this.open -= 1;
  }

  /** Until the record says what is. Rejects when it cannot. */
  async settle(): Promise<void> {
    this.noting ??= this.noteAll();
    return this.noting;
  }

  private async noteAll(): Promise<void> {
    try {
      do await this.noteOnce(this.waiting.splice(0));
      while (this.waiting.length > 0 || this.noted !== this.open);
    } finally {
      // In the same moment as the last look: whoever comes next begins anew.
      this.noting = undefined;
    }
  }

  private async noteOnce(asking: readonly Waiter[]): Promise<void> {
    const { open } = this;
    if (asking.length === 0 && this.noted === open) return;
    try {
      const granted = await this.note(open, asking.length);
      this.open += granted;
      this.noted = open + granted;
      for (const [at, { resolve }] of asking.entries()) resolve(at < granted);
    } catch (error) {
      this.noted = undefined;
      // Those too that came meanwhile: they would be told the same.
      for (const { reject } of [...asking, ...this.waiting.splice(0)]) reject(error);
      throw error;
    }
  }
}
