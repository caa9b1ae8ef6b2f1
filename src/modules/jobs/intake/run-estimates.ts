/**
 * How long a job will probably run, for the charge at its submission: from what the leader has learned, read again now and
 * then, on any replica. A poor estimate is corrected when the run has ended; none is longer than a run may be.
 */
import { Inject, Injectable, type OnModuleInit, type OnModuleDestroy } from '@nestjs/common';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { PeriodicLoop } from '../../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { gpuClassOf, NodesService } from '../../nodes/index.js';
import {
  estimateRun,
  type RunProfile,
  type RunTimes,
  readLearned,
  runKeys,
  runTimesOf,
} from '../../scheduling/index.js';
import { classHash, type Requirements, type WorkflowDefinition } from '../../workflows/index.js';
import { SchedulerStore } from '../record/queue/scheduler.store.js';

const refreshMs = 15_000;

@Injectable()
export class RunEstimates implements OnModuleInit, OnModuleDestroy {
  private runTimes: RunTimes = runTimesOf(readLearned(null));
  private readonly loop: PeriodicLoop;

  constructor(
    @Inject(SchedulerStore) private readonly store: SchedulerStore,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) log: Logger,
  ) {
    this.loop = new PeriodicLoop({
      name: 'run-estimates',
      intervalMs: refreshMs,
      log,
      turn: async () => this.refresh(),
    });
  }

  onModuleInit(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** Of a warm run in milliseconds, as a mean over the GPU classes of the cluster; `runLimitMs` is the job's own limit. */
  meanMs(profile: RunProfile, workUnits: number, runLimitMs: number | null): number {
    const known = this.nodes.all().flatMap((monitor) => gpuClassOf(monitor) ?? []);
    const gpuClasses = known.length > 0 ? [...new Set(known)] : ['unknown'];
    const estimates = gpuClasses.map(
      (gpuClass) => estimateRun(this.runTimes, runKeys(profile, gpuClass), workUnits).p50Ms,
    );
    const meanMs = estimates.reduce((sum, each) => sum + each, 0) / estimates.length;
    return Math.min(meanMs, runLimitMs ?? this.config.ATTEMPT_RUN_LIMIT_MS);
  }

  private async refresh(): Promise<void> {
    this.runTimes = runTimesOf(readLearned(await this.store.memory()));
  }
}

/** Jobs of one workflow take similar times, and so do graphs with equal needs. */
export function profileOf(requirements: Requirements, definition: WorkflowDefinition | null): RunProfile {
  const profileId = definition?.name ?? classHash(requirements);
  return { profileId, family: familyOf(requirements.models, profileId) };
}

/** Profiles that need the same model are related. */
export function familyOf(models: readonly string[], profileId: string): string {
  return models[0] ?? profileId;
}
