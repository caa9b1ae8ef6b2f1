/**
 * Keeps a queue from growing past its limit without counting it at each submit. A replica counts now and then, and admits
 * on one count at most its share of a tenth of the room that was left; then it counts again.
 *
 * Guarantees: one replica alone never passes the limit, but by what is under way when a batch counts for itself; all together by a tenth of the room that a count has seen. Nobody is
 * refused while a count has found room. One count is under way at a time, and a full queue is not counted again within `freshMs`, however many knock.
 */
export interface QueueBoundOptions {
  /** Counts what waits, up to `limit`. */
  count: (limit: number) => Promise<number>;
  replicas: () => number;
  nowMs: () => number;
  freshMs: number;
}

export class QueueBound {
  private waiting = 0;
  private countedAtMs: number | undefined;
  /** Admitted and perhaps not in the last count. */
  private admitted = 0;
  private underWay = 0;
  private counting: Promise<void> | undefined;
  private readonly untilLeft: (() => void)[] = [];

  constructor(private readonly options: QueueBoundOptions) {}

  /** Whether one more may be put in; who was admitted calls `leave` when it is in the record, or will never be. */
  async admit(limit: number): Promise<boolean> {
    while (!this.hasRoom(limit)) {
      if (this.isFresh() && this.waiting >= limit) return false;
      await this.recount(limit);
      if (this.waiting >= limit) return false;
      // Who is in the record and has not left yet is counted twice: that says nothing about the limit.
      if (!this.hasRoom(limit)) await this.oneLeft();
    }
    if (!this.isFresh()) void this.recount(limit).catch(() => undefined);
    this.admitted += 1;
    this.underWay += 1;
    return true;
  }

  /** Many that the caller counts himself: whoever comes meanwhile counts again. They `leave` together. */
  enter(jobs: number): void {
    this.admitted += jobs;
    this.underWay += jobs;
  }

  leave(jobs = 1): void {
    this.underWay -= jobs;
    for (const wake of this.untilLeft.splice(0)) wake();
  }

  private hasRoom(limit: number): boolean {
    return this.waiting + this.admitted < limit && this.hasShare(limit);
  }

  private async oneLeft(): Promise<void> {
    if (this.underWay > 0) await new Promise<void>((resolve) => this.untilLeft.push(resolve));
  }

  private isFresh(): boolean {
    return this.countedAtMs !== undefined && this.options.nowMs() - this.countedAtMs < this.options.freshMs;
  }

  private hasShare(limit: number): boolean {
    if (this.countedAtMs === undefined) return false;
    const share = Math.ceil((limit - this.waiting) / (10 * this.options.replicas()));
    return this.admitted < share;
  }

  private async recount(limit: number): Promise<void> {
    this.counting ??= this.countOnce(limit).finally(() => (this.counting = undefined));
    await this.counting;
  }

  private async countOnce(limit: number): Promise<void> {
    const before = this.admitted - this.underWay;
    const waiting = await this.options.count(limit);
    this.waiting = waiting;
    // Those who were in the record when the count began are in it.
    this.admitted -= before;
    this.countedAtMs = this.options.nowMs();
  }
}
