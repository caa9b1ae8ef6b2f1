/** A reading of the record, made once for all who ask for the same within a short time: five hundred open consoles ask alike. */
export class SharedReading<T> {
  private readonly made = new Map<string, { atMs: number; reading: Promise<T> }>();

  constructor(
    private readonly sharedMs: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** One that failed is shared with those who wait for it, and with nobody later. */
  of(key: string, read: () => Promise<T>): Promise<T> {
    this.forgetOld();
    const known = this.made.get(key);
    if (known) return known.reading;
    const reading = read();
    this.made.set(key, { atMs: this.nowMs(), reading });
    reading.catch(() => this.made.delete(key));
    return reading;
  }

  /** So many at most are kept as are asked for in that time. */
  private forgetOld(): void {
    for (const [key, { atMs }] of this.made)
      if (this.nowMs() - atMs < this.sharedMs) return;
      else this.made.delete(key);
  }
}
