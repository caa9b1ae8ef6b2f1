import type { Writable } from '../wire/values.js';
import { itemTuple, type QueueItem } from './prompt-queue.js';

export interface HistoryEntry {
  readonly item: QueueItem;
  readonly outputs: ReadonlyMap<string, Writable>;
  readonly meta: ReadonlyMap<string, Writable>;
  readonly statusStr: 'success' | 'error';
  readonly completed: boolean;
  readonly messages: readonly (readonly [string, { readonly [key: string]: Writable }])[];
  /** Makes every answer that would contain this entry a 500, as an unserialisable output does. */
  poisoned: boolean;
}

export const entryStatus = (entry: HistoryEntry): Writable => ({
  status_str: entry.statusStr,
  completed: entry.completed,
  messages: entry.messages,
});

export const writeEntry = (entry: HistoryEntry): Writable => ({
  prompt: itemTuple(entry.item),
  outputs: entry.outputs,
  status: entryStatus(entry),
  meta: entry.meta,
});

const entriesMax = 10_000;

/** Finished prompts in completion order; in memory only, the oldest go first. */
export class History {
  readonly entries = new Map<string, HistoryEntry>();

  add(entry: HistoryEntry): void {
    if (this.entries.size > entriesMax) this.entries.delete(this.entries.keys().next().value as string);
    this.entries.set(entry.item.promptId, entry);
  }

  /** `offset` counts from the oldest; without one, `maxItems` takes the newest. */
  page(maxItems: number | undefined, offset: number | undefined): [string, HistoryEntry][] {
    const all = [...this.entries];
    const from = offset ?? (maxItems === undefined ? 0 : Math.max(0, all.length - maxItems));
    return maxItems === undefined ? all.slice(from) : all.slice(from, from + Math.max(0, maxItems));
  }
}
