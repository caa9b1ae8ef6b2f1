/**
 * Runs that succeeded after their attempts were given up: a node was out of reach and comes back with the result, or a post
 * landed late. The record decides, in one statement, whether the result is adopted instead of another run.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { isContentRefused } from '../../../platform/database/index.js';
import { faults } from '../../../platform/crash-points/index.js';
import { type PeriodicLoop, untilAborted } from '../../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { Loops } from '../../../platform/site/index.js';
import { ComfyCallError } from '../../comfyui/index.js';
import { type LateQuestion, LateQuestions } from './late-questions.js';
import { isUntold, readFateAt } from '../run/at-node/prompt-at-node.js';
import { Collector } from '../run/results/collector.js';
import { Settler } from './settler.js';

@Injectable()
export class LateSuccesses implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: PeriodicLoop;

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(LateQuestions) private readonly questions: LateQuestions,
    @Inject(Collector) private readonly collector: Collector,
    @Inject(Settler) private readonly settler: Settler,
    @Inject(Loops) private readonly loops: Loops,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.loop = loops.make({
      name: 'late successes',
      intervalMs: config.IDLE_POLL_INTERVAL_MS,
      turn: async (signal) => this.turn(signal),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.loops.startWithSite(this.loop);
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  private async turn(signal: AbortSignal): Promise<void> {
    const due = await this.questions.due();
    await Promise.all(due.map(async (question) => this.ask(question, signal)));
  }

  private async ask({ attempt, monitor }: LateQuestion, signal: AbortSignal): Promise<void> {
    try {
      const fate = await untilAborted(readFateAt(monitor.client, attempt.promptId), signal);
      if (isUntold(fate) || fate.kind !== 'succeeded') return this.questions.askLater(attempt);
      const collected = await this.collector.collect(monitor.client, fate, attempt, signal);
      if (collected.kind !== 'collected') return this.questions.askLater(attempt);
      faults.hit('attempt.late.before_commit');
      await this.settler.adoptLate(attempt, { settled: fate, outputs: collected.outputs }, monitor);
    } catch (error) {
      if (signal.aborted) return;
      if (isContentRefused(error)) this.questions.askLater(attempt);
      else if (!(error instanceof ComfyCallError)) throw error;
      this.log.debug(
        { err: error, node: attempt.nodeId, job: attempt.jobId },
        'a node could not be asked again',
      );
    }
  }
}
