import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultBoard } from '../faults/fault-board.js';
import type { ObjectInfo } from '../nodes/object-info.js';
import type { NodeSettings } from '../options.js';
import type { EventHub } from '../state/event-hub.js';
import type { Folders } from '../state/folders.js';
import type { History } from '../state/history.js';
import type { PromptQueue } from '../state/prompt-queue.js';
import type { RecordBook } from '../state/record-book.js';
import type { Vram } from '../state/vram.js';
import type { Feature } from '../version.js';
import type { ResultCache } from './result-cache.js';

/** Everything one life of a simulated server works on. What is in `life` dies with it; the rest belongs to the node. */
export interface ServerContext {
  readonly settings: NodeSettings;
  readonly features: ReadonlySet<Feature>;
  readonly info: ObjectInfo;
  readonly folders: Folders;
  readonly faults: FaultBoard;
  readonly record: RecordBook;
  readonly life: Life;
  /** Ends this life of the server; back by itself after the given time, if any. */
  readonly exit: (backAfterMs?: number) => void;
}

export interface Life {
  /** Counted from 1. */
  readonly number: number;
  readonly ended: AbortSignal;
  readonly queue: PromptQueue;
  readonly history: History;
  readonly hub: EventHub;
  readonly cache: ResultCache;
  readonly vram: Vram;
  /** Set by interrupts, cleared when a prompt starts and when it is seen. */
  interrupt: boolean;
  /** A CUDA error that only a restart cures. */
  cudaBroken: boolean;
  /** The next automatic number. */
  counter: number;
  /** Node that runs now, for clients that reconnect. */
  runningNode: string | undefined;
  /** What `/free` asked for while a prompt ran. */
  freeAfterPrompt: { models: boolean; results: boolean };
}

/** Waits simulated time. Rejects when the server's life ends. */
export async function pause(context: ServerContext, ms: number): Promise<void> {
  const real = ms / context.settings.speed;
  if (real > 0) await sleep(real, undefined, { signal: context.life.ended });
  context.life.ended.throwIfAborted();
}
