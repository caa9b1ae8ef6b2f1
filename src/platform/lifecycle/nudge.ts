/**
 * A pause that whatever happened since the last `reset` ends early. Hundreds of runs pause at once and most are nudged, so that nothing
 * is thrown and no signal made for it.
 */
export class Nudge {
  private given = false;
  private isOver = false;
  private readonly enders = new Set<() => void>();

  reset(): void {
    this.given = false;
  }

  give(): void {
    this.given = true;
    for (const end of this.enders) end();
  }

  /** Ends every pause from now on, also those that cannot be nudged. */
  finish(): void {
    this.isOver = true;
    this.give();
  }

  async pause(durationMs: number, isWakeable = true): Promise<void> {
    const isDue = (): boolean => this.isOver || (isWakeable && this.given);
    if (isDue()) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        this.enders.delete(tryEnd);
        clearTimeout(timer);
        resolve();
      };
      const tryEnd = (): void => {
        if (isDue()) end();
      };
      const timer = setTimeout(end, durationMs);
      this.enders.add(tryEnd);
    });
  }
}
