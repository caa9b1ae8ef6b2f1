import { Module } from '@nestjs/common';
import { AssetsModule } from '../assets/index.js';
import { NodesModule } from '../nodes/index.js';
import { AccessModule } from '../access/index.js';
import { ArchiveStore } from './archive.store.js';
import { AttemptsStore } from './attempts.store.js';
import { JobTraces } from './job-traces.js';
import { JobClasses } from './job-classes.js';
import { JobEvents } from './jobs.events.js';
import { JobsService } from './jobs.service.js';
import { JobsStore } from './jobs.store.js';
import { QueueStore } from './queue.store.js';
import { QueueBounds } from './queue-bounds.js';
import { RunEstimates } from './run-estimates.js';
import { SchedulerStore } from './scheduler.store.js';
import { WebhookIntake } from './webhook-intake.js';
import { Forecasts } from './forecasts.js';

@Module({
  imports: [AssetsModule, NodesModule, AccessModule],
  providers: [
    ArchiveStore,
    AttemptsStore,
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
    Forecasts,
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
