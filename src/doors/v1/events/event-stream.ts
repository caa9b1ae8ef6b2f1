/**
 * One open stream. A reader that is slow, or that is still being told what it missed, is kept the newest of each key; what no
 * longer fits is dropped, and the reader is told to read anew. Memory is bounded here, and for all streams by the `Budget`.
 */
import { Readable } from 'node:stream';
import type { Audience, Change } from './change.js';
import { frameOf, placeOf } from './change.js';

const keptBytesMax = 256 * 1024;
const highWaterMark = 64 * 1024;

/** What all streams of the process together may keep for slow readers. */
export class Budget {
  private usedBytes = 0;

  constructor(private readonly maxBytes: number) {}

  take(bytes: number): boolean {
    if (this.usedBytes + bytes > this.maxBytes) return false;
    this.usedBytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.usedBytes -= bytes;
  }
}

export class EventStream extends Readable {
  private readonly kept = new Map<string, string>();
  private keptBytes = 0;
  private isFull = false;
  private isHeld = true;
  private readonly lost = new Set<string>();
  private resetReason = '';
  private isOver = false;
  private placeMs = 0;
  /** Since when nothing could be written; of `performance.now()`. */
  stuckSinceMs: number | undefined;

  constructor(
    readonly audience: Audience,
    private readonly budget: Budget,
  ) {
    super({ highWaterMark });
  }

  /** `bytes` is what all changes are in this audience. */
  tell(changes: readonly Change[], bytes: Buffer, placeMs: number): void {
    this.placeMs = placeMs;
    if (this.isFull || this.isHeld) for (const one of changes) this.keep(one);
    else this.write(bytes);
  }

  /** What it missed before it came: older than all that was told since. */
  begin(missed: readonly Change[], opening: string, placeMs: number): void {
    const newer = new Set(this.kept.keys());
    this.isHeld = false;
    this.placeMs ||= placeMs;
    const frames = missed.filter(({ key }) => !newer.has(key)).map((one) => one.frame(this.audience));
    this.write(Buffer.from(opening + frames.join('')));
    if (!this.isFull) this.flush();
  }

  /** What it knows of these types may be old. */
  reset(types: readonly string[], reason: string): void {
    for (const type of types) this.lost.add(type);
    this.resetReason = reason;
    if (!this.isFull && !this.isHeld) this.flush();
  }

  override _read(): void {
    if (!this.isFull) return;
    this.isFull = false;
    this.stuckSinceMs = undefined;
    if (!this.isHeld) this.flush();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.forget();
    done(error);
  }

  /** Nothing more is told. */
  end(): void {
    this.isOver = true;
    this.push(null);
  }

  private keep(one: Change): void {
    const frame = one.frame(this.audience);
    const bytes = frame.length - (this.kept.get(one.key)?.length ?? 0);
    if (this.keptBytes + bytes > keptBytesMax || !this.budget.take(bytes)) {
      this.forget();
      return this.reset(this.audience.wanted.types, 'This reader is too slow.');
    }
    this.keptBytes += bytes;
    this.kept.delete(one.key);
    this.kept.set(one.key, frame);
  }

  private flush(): void {
    const told =
      this.lost.size === 0 ? '' : frameOf('reset', { types: [...this.lost], reason: this.resetReason });
    const text = [told, ...this.kept.values()].join('');
    this.lost.clear();
    this.forget();
    if (text !== '') this.write(Buffer.from(text + placeOf(this.placeMs)));
  }

  private forget(): void {
    this.budget.give(this.keptBytes);
    this.keptBytes = 0;
    this.kept.clear();
  }

  private write(bytes: Buffer): void {
    if (this.destroyed || this.isOver) return;
    this.isFull = !this.push(bytes);
    if (this.isFull) this.stuckSinceMs ??= performance.now();
  }
}
