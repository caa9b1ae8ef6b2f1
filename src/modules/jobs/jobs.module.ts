import { Module } from '@nestjs/common';
import { AssetsModule } from '../assets/index.js';
import { FleetModule } from '../fleet/index.js';
import { NodesModule } from '../nodes/index.js';
import { AccessModule } from '../access/index.js';
import { WorkflowLibraryModule } from '../workflows/index.js';
import { BatchEnds } from './batches/batch-ends.js';
import { Batches } from './batches/batches.service.js';
import { BatchesStore } from './batches/batches.store.js';
import { ArchiveStore } from './record/archive/archive.store.js';
import { IdempotencyKeys } from './record/submit/idempotency-keys.js';
import { AttemptsStore } from './record/attempts/attempts.store.js';
import { EarlierOutputs } from './record/reading/earlier-outputs.store.js';
import { FiguresStore } from './record/reading/figures.store.js';
import { JobChangesStore } from './record/reading/job-changes.store.js';
import { JobOrderStore } from './record/reading/job-order.store.js';
import { JobPages } from './record/reading/job-pages.js';
import { SubmitQuotas } from './intake/limits/submit-quotas.js';
import { CredentialIntake } from './intake/credential-intake.js';
import { OutgoingWishes } from './intake/wishes/outgoing-wishes.js';
import { DeliverIntake } from './intake/wishes/deliver-intake.js';
import { JobTraces } from './following/job-traces.js';
import { GraphFiles } from './intake/graphs/graph-files.js';
import { GraphIntake } from './intake/graphs/graph-intake.js';
import { InputFiles } from './intake/input-files.js';
import { JobClasses } from './intake/job-classes.js';
import { JobDrafts } from './intake/job-drafts.js';
import { JobIntake } from './intake/job-intake.js';
import { JobEvents } from './following/jobs.events.js';
import { JobPriorities } from './job-priorities.js';
import { JobsService } from './jobs.service.js';
import { JobSearch } from './record/reading/job-search.js';
import { JobsStore } from './record/reading/jobs.store.js';
import { PrioritiesStore } from './record/queue/priorities.store.js';
import { SubmitStore } from './record/submit/submit.store.js';
import { QueueStore } from './record/queue/queue.store.js';
import { QueueBounds } from './intake/limits/queue-bounds.js';
import { RunEstimates } from './intake/run-estimates.js';
import { SchedulerStore } from './record/queue/scheduler.store.js';
import { UsageStore } from './record/usage/usage.store.js';
import { WebhookIntake } from './intake/wishes/webhook-intake.js';
import { WorkflowIntake } from './intake/workflow-intake.js';
import { Forecasts } from './following/forecasts.js';
import { Outlooks } from './following/outlooks.js';
import { SharedWork } from './reuse/shared-work.js';
import { SubmitForecasts } from './following/submit-forecasts.js';

@Module({
  imports: [FleetModule, AssetsModule, NodesModule, AccessModule, WorkflowLibraryModule],
  providers: [
    ArchiveStore,
    AttemptsStore,
    BatchEnds,
    Batches,
    BatchesStore,
    CredentialIntake,
    SubmitQuotas,
    DeliverIntake,
    OutgoingWishes,
    GraphFiles,
    GraphIntake,
    IdempotencyKeys,
    InputFiles,
    EarlierOutputs,
    FiguresStore,
    JobChangesStore,
    JobOrderStore,
    JobClasses,
    JobDrafts,
    JobEvents,
    JobIntake,
    JobPages,
    JobPriorities,
    JobSearch,
    JobTraces,
    JobsService,
    JobsStore,
    PrioritiesStore,
    QueueBounds,
    QueueStore,
    RunEstimates,
    SchedulerStore,
    SharedWork,
    SubmitForecasts,
    SubmitStore,
    UsageStore,
    WebhookIntake,
    WorkflowIntake,
    Forecasts,
    Outlooks,
  ],
  exports: [
    GraphFiles,
    GraphIntake,
    ArchiveStore,
    AttemptsStore,
    Batches,
    BatchesStore,
    EarlierOutputs,
    CredentialIntake,
    OutgoingWishes,
    Forecasts,
    Outlooks,
    IdempotencyKeys,
    InputFiles,
    FiguresStore,
    JobChangesStore,
    JobOrderStore,
    JobClasses,
    JobEvents,
    JobIntake,
    JobPages,
    JobPriorities,
    JobTraces,
    JobsService,
    JobsStore,
    QueueStore,
    SchedulerStore,
    SharedWork,
    SubmitForecasts,
    UsageStore,
    WebhookIntake,
    WorkflowIntake,
  ],
})
export class JobsModule {}
