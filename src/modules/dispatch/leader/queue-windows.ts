/**
 * The first jobs of each class. A look costs a fingerprint per class, and only windows that are not as they were last read, or
 * not as the scheduler has them (it took jobs out of them), are read: no notification has to tell what changed.
 */
import type { QueueHead, QueueStore } from '../../jobs/index.js';
import type { SchedulerState } from '../../scheduling/index.js';

/** A window without some tenants has no fingerprint, and its reading may go through many jobs. */
const partialIntervalMs = 1000;

export interface QueueWindow {
  classId: number;
  heads: QueueHead[];
}

interface Reading {
  fingerprint: string;
  heads: QueueHead[];
  readAtMs: number;
}

export class QueueWindows {
  private readonly readings = new Map<number, Reading>();
  private readonly excluded = new Map<number, readonly string[]>();

  constructor(
    private readonly store: QueueStore,
    private readonly size: number,
  ) {}

  /** What has changed; empty windows are of classes in which nobody waits any more. */
  async changes(state: SchedulerState, nowMs: number): Promise<QueueWindow[]> {
    // Before the jobs: what changes between the two reads is read again next time.
    const fingerprints = await this.store.windows(this.size);
    const other = [...fingerprints].filter(([id, fingerprint]) => this.isOther(id, fingerprint, state));
    const ids = other.map(([id]) => id);
    const heads = byClass(await this.store.heads(ids, this.size));
    const whole = other.map(([id, fingerprint]) => this.keep(id, heads.get(id) ?? [], fingerprint, nowMs));
    return [...whole, ...(await this.partial(state, nowMs)), ...this.emptied(fingerprints, nowMs)];
  }

  /** Without these tenants, from now on. */
  async load(classId: number, exceptTenants: readonly string[], nowMs: number): Promise<QueueWindow> {
    if (exceptTenants.length === 0) this.excluded.delete(classId);
    else this.excluded.set(classId, exceptTenants);
    return this.keep(classId, await this.store.headsOf(classId, this.size, exceptTenants), '', nowMs);
  }

  /** As it was last read. */
  lastRead(classId: number): QueueWindow {
    return { classId, heads: this.readings.get(classId)?.heads ?? [] };
  }

  forget(classId: number): void {
    this.readings.delete(classId);
    this.excluded.delete(classId);
  }

  /** Whether these are all that wait in the class. */
  isAll({ classId, heads }: QueueWindow): boolean {
    return heads.length < this.size && !this.excluded.has(classId);
  }

  get anyIsFull(): boolean {
    return [...this.readings.values()].some(({ heads }) => heads.length >= this.size);
  }

  /** A job of a window, with how long it has waited. */
  find(classId: number, jobId: string, nowMs: number): { head: QueueHead; waitMs: number } | undefined {
    const reading = this.readings.get(classId);
    const head = reading?.heads.find(({ id }) => id === jobId);
    return reading && head && { head, waitMs: head.ageMs + nowMs - reading.readAtMs };
  }

  private isOther(classId: number, fingerprint: string, state: SchedulerState): boolean {
    if (this.excluded.has(classId)) return false;
    const reading = this.readings.get(classId);
    return reading?.fingerprint !== fingerprint || !isTold(reading, state, classId);
  }

  private async partial(state: SchedulerState, nowMs: number): Promise<QueueWindow[]> {
    const windows = [];
    for (const [id, tenants] of this.excluded) {
      const reading = this.readings.get(id);
      const isRecent = reading && nowMs - reading.readAtMs < partialIntervalMs;
      if (isRecent && isTold(reading, state, id)) continue;
      windows.push(this.keep(id, await this.store.headsOf(id, this.size, tenants), '', nowMs));
    }
    return windows;
  }

  private emptied(fingerprints: ReadonlyMap<number, string>, nowMs: number): QueueWindow[] {
    const gone = [...this.readings].filter(
      ([id, { heads }]) => heads.length > 0 && !fingerprints.has(id) && !this.excluded.has(id),
    );
    return gone.map(([id]) => this.keep(id, [], '', nowMs));
  }

  private keep(classId: number, heads: QueueHead[], fingerprint: string, nowMs: number): QueueWindow {
    this.readings.set(classId, { fingerprint, heads, readAtMs: nowMs });
    return { classId, heads };
  }
}

/** The scheduler only ever takes jobs out of a window. */
function isTold({ heads }: Reading, state: SchedulerState, classId: number): boolean {
  const known = state.classById.get(String(classId));
  return known !== undefined && !known.loading && known.window.length === heads.length;
}

function byClass(heads: readonly QueueHead[]): Map<number, QueueHead[]> {
  const groups = new Map<number, QueueHead[]>();
  for (const head of heads) {
    const group = groups.get(head.classId);
    if (group) group.push(head);
    else groups.set(head.classId, [head]);
  }
  return groups;
}
