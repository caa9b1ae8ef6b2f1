/**
 * Runs that succeeded after their attempts were given up: a node was out of reach and comes back with the result, or a post
 * landed late. Only the owner of the node looks, and only while the job goes on; the record decides, in one statement, whether
 * the result is adopted instead of another run.
 *
 * A node that answers and knows nothing is asked again after pauses that grow to minutes, because a post may still be under way to it.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../../../platform/clock/index.js';
import { Replica } from '../../../platform/cluster/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { isContentRefused } from '../../../platform/database/index.js';
import { faults } from '../../../platform/crash-points/index.js';
import { PeriodicLoop, untilAborted } from '../../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { Site } from '../../../platform/site/index.js';
import { ComfyCallError } from '../../comfyui/index.js';
import { AttemptsStore, type LateAttempt } from '../../jobs/index.js';
import { type NodeMonitor, NodesService } from '../../nodes/index.js';
import { Collector } from './results/collector.js';
import { readFateAt } from './at-node/prompt-at-node.js';
import { Settler } from './settler.js';

/** A prompt that its node has not shown by then is not waited for. */
const withinMs = 6 * 3_600_000;
const askedAtOnceMax = 256;
const longestPauseMs = 300_000;

interface Patience {
  dueMs: number;
  pauseMs: number;
}

@Injectable()
export class LateSuccesses implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: PeriodicLoop;
  private patience = new Map<string, Patience>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(Replica) private readonly replica: Replica,
    @Inject(AttemptsStore) private readonly attempts: AttemptsStore,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(Collector) private readonly collector: Collector,
    @Inject(Settler) private readonly settler: Settler,
    @Inject(Site) private readonly site: Site,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.loop = new PeriodicLoop({
      name: 'late successes',
      intervalMs: config.IDLE_POLL_INTERVAL_MS,
      clock,
      log,
      turn: async (signal) => this.turn(signal),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.site.whenOpen(() => this.loop.start());
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  private async turn(signal: AbortSignal): Promise<void> {
    const mine = new Map(
      this.nodes
        .all()
        .filter(({ answers, settings }) => answers && this.replica.ownerOf(settings.id) === this.replica.id)
        .map((monitor) => [monitor.settings.id, monitor]),
    );
    if (mine.size === 0) return;
    const found = await this.attempts.mayBeLate([...mine.keys()], withinMs, askedAtOnceMax);
    const due = found.filter(
      ({ promptId }) => (this.patience.get(promptId)?.dueMs ?? 0) <= this.clock.monotonicMs(),
    );
    this.patience = new Map(found.flatMap(({ promptId }) => this.kept(promptId)));
    await Promise.all(due.map(async (attempt) => this.ask(attempt, mine.get(attempt.nodeId)!, signal)));
  }

  private async ask(attempt: LateAttempt, monitor: NodeMonitor, signal: AbortSignal): Promise<void> {
    try {
      const fate = await untilAborted(readFateAt(monitor.client, attempt.promptId), signal);
      if (fate === 'unreadable' || fate.kind !== 'succeeded') return this.askLater(attempt);
      const collected = await this.collector.collect(monitor.client, fate, attempt, signal);
      if (collected.kind !== 'collected') return this.askLater(attempt);
      faults.hit('attempt.late.before_commit');
      await this.settler.adoptLate(attempt, { settled: fate, outputs: collected.outputs }, monitor);
    } catch (error) {
      if (signal.aborted) return;
      if (isContentRefused(error)) this.askLater(attempt);
      else if (!(error instanceof ComfyCallError)) throw error;
      this.log.debug(
        { err: error, node: attempt.nodeId, job: attempt.jobId },
        'a node could not be asked again',
      );
    }
  }

  private askLater({ promptId }: LateAttempt): void {
    const before = this.patience.get(promptId)?.pauseMs ?? this.config.IDLE_POLL_INTERVAL_MS;
    const pauseMs = Math.min(before * 2, longestPauseMs);
    this.patience.set(promptId, { pauseMs, dueMs: this.clock.monotonicMs() + before });
  }

  private kept(promptId: string): [string, Patience][] {
    const patience = this.patience.get(promptId);
    return patience ? [[promptId, patience]] : [];
  }
}
