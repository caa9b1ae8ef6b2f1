import { PyError } from '../wire/convert.js';
import { toNumber, type Dict, type Value, type Writable } from '../wire/values.js';
import { heapify, heapPop, heapPush } from './heap.js';
import type { RecordEntry } from './record-book.js';

export interface QueueItem {
  readonly number: Value;
  readonly promptId: string;
  readonly prompt: Dict;
  readonly extraData: Dict;
  readonly outputs: readonly string[];
  readonly entry: RecordEntry;
}

/** The tuple `[number, id, prompt, extra_data, outputs]` of `/queue` and `/history`. */
export const itemTuple = (item: QueueItem): Writable => [
  item.number,
  item.promptId,
  item.prompt,
  item.extraData,
  item.outputs,
];

/** Lowest number first, then the id as a string; equal in both, Python compares the prompts and fails. */
function before(a: QueueItem, b: QueueItem): boolean {
  const [left, right] = [toNumber(a.number) ?? 0, toNumber(b.number) ?? 0];
  if (left !== right) return left < right;
  if (a.promptId !== b.promptId) return a.promptId < b.promptId;
  throw new PyError('TypeError', "'<' not supported between instances of 'dict' and 'dict'");
}

/** Pending prompts and the one that runs. `onChange` is called wherever the server broadcasts `status`. */
export class PromptQueue {
  private pending: QueueItem[] = [];
  private runningItem: QueueItem | undefined;
  private wake: (() => void) | undefined;
  private closed = false;

  constructor(private readonly onChange: () => void) {}

  /** Throws `PyError` when an equal id and number are pending, yet the item is queued, as on the real server. */
  put(item: QueueItem): void {
    heapPush(this.pending, item, before);
    this.onChange();
    this.wake?.();
  }

  /** Waits for the next prompt and lists it as running; undefined once the queue is closed. */
  async take(): Promise<QueueItem | undefined> {
    while (this.pending.length === 0 && !this.closed) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.closed) return undefined;
    this.runningItem = heapPop(this.pending, before);
    this.onChange();
    return this.runningItem;
  }

  close(): void {
    this.closed = true;
    this.wake?.();
  }

  /** Removes the running item; the caller has written its history entry in the same turn. */
  finish(): void {
    this.runningItem = undefined;
    this.onChange();
  }

  get running(): QueueItem | undefined {
    return this.runningItem;
  }

  /** In heap order, which is not execution order. */
  get pendingItems(): readonly QueueItem[] {
    return this.pending;
  }

  get remaining(): number {
    return this.pending.length + (this.runningItem === undefined ? 0 : 1);
  }

  /** Removes one pending item of this id. */
  delete(promptId: string): QueueItem | undefined {
    const at = this.pending.findIndex((item) => item.promptId === promptId);
    const item = this.pending[at];
    if (item === undefined) return undefined;
    if (this.pending.length === 1) this.clear();
    else this.pending.splice(at, 1);
    heapify(this.pending, before);
    this.onChange();
    return item;
  }

  clear(): QueueItem[] {
    const removed = this.pending;
    this.pending = [];
    this.onChange();
    return removed;
  }
}
