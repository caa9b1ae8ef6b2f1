/** What an attempt's owner works with. */
import type { Logger } from '../../../platform/logging/index.js';
import type { AttemptsStore, JobEvents } from '../../jobs/index.js';
import type { NodeMonitor } from '../../nodes/index.js';
import type { Collector } from './results/collector.js';
import type { FinishedPrompts } from './at-node/finished-prompts.js';
import type { PromptPreparer } from './prompt.js';
import type { QueueReads } from './at-node/queue-reads.js';
import type { Settler } from './settler.js';

export interface RunTimings {
  pollIntervalMs: number;
  sendTimeoutMs: number;
  settleMs: number;
  lostGraceMs: number;
  /** Longest run, whatever the estimate says. */
  runLimitMs: number;
}

export interface RunDependencies {
  monitor: NodeMonitor;
  queue: QueueReads;
  finished: FinishedPrompts;
  /** Why this prompt must not go to the node after all, by what is known now; undefined: it may. */
  refusalOf: (promptId: string) => string | undefined;
  attempts: AttemptsStore;
  events: JobEvents;
  preparer: PromptPreparer;
  collector: Collector;
  settler: Settler;
  timings: RunTimings;
  /** Of the socket that hears this node's events now. */
  clientId: () => string;
  /** Resolves when the clients, of other replicas too, have the events and pictures of this attempt that exist nowhere else. */
  eventsTold: () => Promise<void>;
  monotonicMs: () => number;
  log: Logger;
}
