/** Reads from the record what the scheduler must know of the queue (scheduling/feed/queue-windows.ts says what). */
import type { QueueHead, QueueStore } from '../../../jobs/index.js';
import {
  type QueueWindow as WindowOf,
  QueueWindows,
  type SchedulerState,
} from '../../../scheduling/index.js';

export type QueueWindow = WindowOf<number, QueueHead>;

export class WindowReader {
  readonly windows: QueueWindows<number, QueueHead>;

  constructor(
    private readonly store: QueueStore,
    private readonly size: number,
  ) {
    this.windows = new QueueWindows(size);
  }

  /** What has changed; empty windows are of classes in which nobody waits any more. */
  async changes(state: SchedulerState, nowMs: number): Promise<QueueWindow[]> {
    // Before the jobs: what changes between the two reads is read again next time.
    const fingerprints = await this.store.windows(this.size);
    const ids = this.windows.stale(fingerprints, state);
    const heads = byClass(await this.store.heads(ids, this.size));
    const whole = ids.map((id) =>
      this.windows.keep(id, heads.get(id) ?? [], fingerprints.get(id) ?? '', nowMs),
    );
    const partial: QueueWindow[] = [];
    for (const { classId, exceptTenants } of this.windows.partial(state, nowMs))
      partial.push(await this.readPartial(classId, exceptTenants, nowMs));
    return withCounts(
      [...whole, ...partial, ...this.windows.emptied(fingerprints, nowMs)],
      await this.count(nowMs),
    );
  }

  /** Without these tenants, from now on. */
  async load(classId: number, exceptTenants: readonly string[], nowMs: number): Promise<QueueWindow> {
    this.windows.exclude(classId, exceptTenants);
    return this.readPartial(classId, exceptTenants, nowMs);
  }

  private async readPartial(
    classId: number,
    exceptTenants: readonly string[],
    nowMs: number,
  ): Promise<QueueWindow> {
    const heads = await this.store.headsOf(classId, this.size, exceptTenants);
    return this.windows.keep(classId, heads, '', nowMs);
  }

  private async count(nowMs: number): Promise<QueueWindow[]> {
    if (!this.windows.countIsDue(nowMs)) return [];
    return this.windows.counted(await this.store.counts(), nowMs);
  }
}

/** Those read just now are there already. */
function withCounts(read: QueueWindow[], counted: readonly QueueWindow[]): QueueWindow[] {
  const ids = new Set(read.map(({ classId }) => classId));
  return [...read, ...counted.filter(({ classId }) => !ids.has(classId))];
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
