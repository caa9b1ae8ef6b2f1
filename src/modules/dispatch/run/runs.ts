/** Begins to follow attempts: gives each run what it works with. */
import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { traceIdOf } from '../../../platform/tracing/index.js';
import { AttemptsStore, JobEvents, type OpenAttempt } from '../../jobs/index.js';
import type { NodeMonitor } from '../../nodes/index.js';
import { Settler } from '../agents/settler.js';
import { FinishedPrompts } from './at-node/finished-prompts.js';
import { QueueReads } from './at-node/queue-reads.js';
import { AttemptRun } from './attempt-run.js';
import { PromptPreparer } from './prompt.js';
import { Collector } from './results/collector.js';
import { RunClock } from './run-clock.js';
import type { NodeAtWork, NodeEvents } from './run-dependencies.js';
import { RunProgress } from './run-progress.js';

@Injectable()
export class Runs {
  constructor(
    @Inject(AttemptsStore) private readonly attempts: AttemptsStore,
    @Inject(JobEvents) private readonly events: JobEvents,
    @Inject(PromptPreparer) private readonly preparer: PromptPreparer,
    @Inject(Collector) private readonly collector: Collector,
    @Inject(Settler) private readonly settler: Settler,
    @Inject(RunClock) private readonly clock: RunClock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** What the runs on one node share. */
  at(monitor: NodeMonitor, events: NodeEvents): NodeAtWork {
    const { clock } = this;
    const queue = new QueueReads(monitor.client, clock.pollIntervalMs / 2, () => clock.monotonicMs());
    return { ...events, monitor, queue, finished: new FinishedPrompts(monitor.client, this.log) };
  }

  /** Not started yet. */
  of(attempt: OpenAttempt, node: NodeAtWork): AttemptRun {
    const { attempts, events, preparer, collector, settler, clock } = this;
    const traceId = traceIdOf(attempt.traceparent);
    const log = traceId === null ? this.log : this.log.child({ traceId });
    const progress = new RunProgress(attempt, attempts, events, () => clock.monotonicMs());
    return new AttemptRun(attempt, {
      node,
      attempts,
      progress,
      preparer,
      collector,
      settler,
      clock,
      log,
    });
  }
}
