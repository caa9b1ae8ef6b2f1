import { Module } from '@nestjs/common';
import { AssetsModule } from '../assets/index.js';
import { NodesModule } from '../nodes/index.js';
import { AccessModule } from '../access/index.js';
import { WorkflowLibraryModule } from '../workflows/index.js';
import { ArchiveStore } from './record/archive.store.js';
import { IdempotencyKeys } from './record/idempotency-keys.js';
import { AttemptsStore } from './record/attempts.store.js';
import { EarlierOutputs } from './record/earlier-outputs.store.js';
import { JobTraces } from './following/job-traces.js';
import { JobClasses } from './intake/job-classes.js';
import { JobEvents } from './following/jobs.events.js';
import { JobsService } from './jobs.service.js';
import { JobsStore } from './record/jobs.store.js';
import { QueueStore } from './record/queue.store.js';
import { QueueBounds } from './intake/queue-bounds.js';
import { RunEstimates } from './intake/run-estimates.js';
import { SchedulerStore } from './record/scheduler.store.js';
import { WebhookIntake } from './intake/webhook-intake.js';
import { Forecasts } from './following/forecasts.js';

@Module({
  imports: [AssetsModule, NodesModule, AccessModule, WorkflowLibraryModule],
  providers: [
    ArchiveStore,
    AttemptsStore,
    IdempotencyKeys,
    EarlierOutputs,
    JobClasses,
    JobEvents,
    JobTraces,
    JobsService,
    JobsStore,
    QueueBounds,
    QueueStore,
    RunEstimates,
    SchedulerStore,
    WebhookIntake,
    Forecasts,
  ],
  exports: [
    ArchiveStore,
    AttemptsStore,
    EarlierOutputs,
    Forecasts,
    IdempotencyKeys,
    JobClasses,
    JobEvents,
    JobTraces,
    JobsService,
    QueueStore,
    SchedulerStore,
    WebhookIntake,
  ],
})
export class JobsModule {}
