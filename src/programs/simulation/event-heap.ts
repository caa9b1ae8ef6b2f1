/** Pending events in (time, sequence) order: equal times come out in the order they went in, so a run is repeatable. */
export class EventHeap<Event> {
  private readonly entries: { atMs: number; sequence: number; event: Event }[] = [];
  private sequence = 0;

  get size(): number {
    return this.entries.length;
  }

  push(atMs: number, event: Event): void {
    const entry = { atMs, sequence: this.sequence++, event };
    let at = this.entries.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.less(at, parent)) break;
      this.swap(at, parent);
      at = parent;
    }
  }

  pop(): { atMs: number; event: Event } | undefined {
    const top = this.entries[0];
    const last = this.entries.pop();
    if (!top || !last || this.entries.length === 0) return top;
    this.entries[0] = last;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      if (left >= this.entries.length) return top;
      const child = left + 1 < this.entries.length && this.less(left + 1, left) ? left + 1 : left;
      if (!this.less(child, at)) return top;
      this.swap(at, child);
      at = child;
    }
  }

  private less(a: number, b: number): boolean {
    const [x, y] = [this.entries[a]!, this.entries[b]!];
    return x.atMs < y.atMs || (x.atMs === y.atMs && x.sequence < y.sequence);
  }

  private swap(a: number, b: number): void {
    [this.entries[a], this.entries[b]] = [this.entries[b]!, this.entries[a]!];
  }
}
