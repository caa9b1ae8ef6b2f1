/**
 * Has clients told of their jobs. The record decides on ends; each few seconds it is asked about jobs whose end was not heard of.
 *
 *   RunEvents (what nodes say) ──▶ LiveRuns (one story a job) ──▶ RunFrames ──▶ sockets of the job's client
 *   JobEvents (the record)     ──▶    └ begins, ends
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { PeriodicLoop } from '../../../platform/lifecycle/index.js';
import { Loops } from '../../../platform/site/index.js';
import { RunEvents } from '../../../modules/dispatch/index.js';
import { isTerminal, type JobEvent, JobEvents } from '../../../modules/jobs/index.js';
import { LiveRuns } from './live-runs.js';
import { QueueCount } from './queue-count.js';
import { SocketHub } from './socket-hub.js';

const checkIntervalMs = 3_000;

@Injectable()
export class RunTeller implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly unsubscribe: (() => void)[] = [];
  private readonly loop: PeriodicLoop;

  constructor(
    @Inject(RunEvents) private readonly runEvents: RunEvents,
    @Inject(JobEvents) private readonly jobEvents: JobEvents,
    @Inject(LiveRuns) private readonly runs: LiveRuns,
    @Inject(SocketHub) private readonly hub: SocketHub,
    @Inject(QueueCount) private readonly count: QueueCount,
    @Inject(Loops) loops: Loops,
  ) {
    this.loop = loops.make({
      name: 'ends of jobs',
      intervalMs: checkIntervalMs,
      turn: async () => runs.findEnds(async () => runEvents.caughtUp()),
    });
  }

  onApplicationBootstrap(): void {
    this.hub.executingNodeOf = (client) => this.runs.executingNodeOf(client);
    this.unsubscribe.push(
      this.runEvents.subscribe((event) => this.runs.hear(event)),
      this.jobEvents.subscribeAll((event) => this.hear(event)),
    );
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    for (const stop of this.unsubscribe) stop();
    await this.loop.stop();
  }

  private hear(event: JobEvent): void {
    this.count.touch();
    if (event.type !== 'state') return;
    if (isTerminal(event.state)) this.runs.end(event.jobId);
    else if (event.started) this.runs.started(event.jobId);
  }
}
