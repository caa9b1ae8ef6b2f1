/** What an attempt's owner works with. */
import type { Logger } from '../../../platform/logging/index.js';
import type { AttemptsStore } from '../../jobs/index.js';
import type { NodeMonitor } from '../../nodes/index.js';
import type { Settler } from '../agents/settler.js';
import type { FinishedPrompts } from './at-node/finished-prompts.js';
import type { QueueReads } from './at-node/queue-reads.js';
import type { PromptPreparer } from './prompt.js';
import type { Collector } from './results/collector.js';
import type { RunClock } from './run-clock.js';
import type { RunProgress } from './run-progress.js';

/** What hears a node's events. */
export interface NodeEvents {
  /** Of the socket that hears them now. */
  clientId: () => string;
  /** Resolves when the clients, of other replicas too, have the events and pictures of this attempt that exist nowhere else. */
  eventsTold: (promptId: string) => Promise<void>;
}

/** A node and what all runs on it share. */
export interface NodeAtWork extends NodeEvents {
  monitor: NodeMonitor;
  queue: QueueReads;
  finished: FinishedPrompts;
}

export interface RunDependencies {
  node: NodeAtWork;
  attempts: AttemptsStore;
  progress: RunProgress;
  preparer: PromptPreparer;
  collector: Collector;
  settler: Settler;
  clock: RunClock;
  log: Logger;
}
