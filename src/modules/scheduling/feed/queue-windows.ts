/**
 * What to read of the queue and what to tell the scheduler of it; the same for the service, which reads a database, and for the
 * simulator, which reads a list.
 *
 * ```
 * fingerprints of all windows ──▶ stale() ──▶ read those ──▶ keep() ──▶ event() ──▶ decide
 * ```
 *
 * A look costs a fingerprint per class, and only windows that are not as they were last read, or not as the scheduler has them (it
 * took jobs out of them), are read: no notification has to tell what changed.
 */
import type { SchedulerState } from '../state.js';
import type { QueuedJob, SchedulingEvent } from '../types.js';

/** A window without some tenants has no fingerprint, and its reading may go through many jobs. */
const partialIntervalMs = 1_000;
/** Only what lies behind full windows has to be counted. */
const countIntervalMs = 60_000;

export interface QueueWindow<Id, Head> {
  classId: Id;
  heads: readonly Head[];
  readAtMs: number;
}

interface Reading<Head> {
  fingerprint: string;
  heads: readonly Head[];
  readAtMs: number;
}

export class QueueWindows<Id extends string | number, Head extends { id: string }> {
  private readonly readings = new Map<Id, Reading<Head>>();
  private readonly excluded = new Map<Id, readonly string[]>();
  private counts: ReadonlyMap<Id, number> = new Map();
  private readonly untold = new Set<Id>();
  private countDueMs = 0;

  constructor(private readonly size: number) {}

  /** The classes whose first `size` jobs must be read. */
  stale(fingerprints: ReadonlyMap<Id, string>, state: SchedulerState): Id[] {
    const ids: Id[] = [];
    for (const [id, fingerprint] of fingerprints) if (this.isOther(id, fingerprint, state)) ids.push(id);
    return ids;
  }

  /** Those to be read without some tenants. */
  partial(state: SchedulerState, nowMs: number): { classId: Id; exceptTenants: readonly string[] }[] {
    const due = [...this.excluded].filter(([id]) => {
      const reading = this.readings.get(id);
      const isRecent = reading && nowMs - reading.readAtMs < partialIntervalMs;
      return !isRecent || !isTold(reading, state, id);
    });
    return due.map(([classId, exceptTenants]) => ({ classId, exceptTenants }));
  }

  /** Windows of classes in which nobody waits any more. */
  emptied(fingerprints: ReadonlyMap<Id, string>, nowMs: number): QueueWindow<Id, Head>[] {
    const gone = [...this.readings].filter(
      ([id, { heads }]) => heads.length > 0 && !fingerprints.has(id) && !this.excluded.has(id),
    );
    return gone.map(([id]) => this.keep(id, [], '', nowMs));
  }

  /** These were read. */
  keep(classId: Id, heads: readonly Head[], fingerprint: string, nowMs: number): QueueWindow<Id, Head> {
    this.readings.set(classId, { fingerprint, heads, readAtMs: nowMs });
    return { classId, heads, readAtMs: nowMs };
  }

  /** The class is read without these tenants from now on. */
  exclude(classId: Id, tenants: readonly string[]): void {
    if (tenants.length === 0) this.excluded.delete(classId);
    else this.excluded.set(classId, tenants);
  }

  forget(classId: Id): void {
    this.readings.delete(classId);
    this.excluded.delete(classId);
  }

  /** As it was last read. */
  lastRead(classId: Id): QueueWindow<Id, Head> {
    const { heads = [], readAtMs = 0 } = this.readings.get(classId) ?? {};
    return { classId, heads, readAtMs };
  }

  /** A job of a window, and when that was read. */
  find(classId: Id, jobId: string): { head: Head; readAtMs: number } | undefined {
    const reading = this.readings.get(classId);
    const head = reading?.heads.find(({ id }) => id === jobId);
    return reading && head && { head, readAtMs: reading.readAtMs };
  }

  /** Whether what waits has to be counted, class by class. */
  countIsDue(nowMs: number): boolean {
    return nowMs >= this.countDueMs && this.full().length > 0;
  }

  /** Answers the windows that must be told again with it. */
  counted(counts: ReadonlyMap<Id, number>, nowMs: number): QueueWindow<Id, Head>[] {
    this.countDueMs = nowMs + countIntervalMs;
    this.counts = counts;
    const full = this.full();
    for (const id of full) this.untold.add(id);
    return full.map((id) => this.lastRead(id));
  }

  /** `jobs`: those of the window. A count is told once: the scheduler keeps it up to date by itself. */
  event(
    { classId, heads }: QueueWindow<Id, Head>,
    jobs: readonly QueuedJob[],
    nowMs: number,
  ): SchedulingEvent {
    const isAll = heads.length < this.size && !this.excluded.has(classId);
    const count = this.untold.delete(classId) ? (this.counts.get(classId) ?? 0) : undefined;
    const queued = isAll ? jobs.length : count === undefined ? undefined : Math.max(count, jobs.length);
    return { kind: 'heads', nowMs, classId: String(classId), jobs, ...(queued !== undefined && { queued }) };
  }

  private full(): Id[] {
    return [...this.readings].flatMap(([id, { heads }]) =>
      heads.length >= this.size || this.excluded.has(id) ? [id] : [],
    );
  }

  private isOther(classId: Id, fingerprint: string, state: SchedulerState): boolean {
    if (this.excluded.has(classId)) return false;
    const reading = this.readings.get(classId);
    return reading?.fingerprint !== fingerprint || !isTold(reading, state, classId);
  }
}

/** The scheduler only ever takes jobs out of a window. */
function isTold<Head>({ heads }: Reading<Head>, state: SchedulerState, classId: string | number): boolean {
  const known = state.classById.get(String(classId));
  return known !== undefined && !known.loading && known.window.length === heads.length;
}
