export type {
  AttemptHistory,
  AttemptInput,
  Ending,
  LateAttempt,
  NewOutput,
  AttemptEnd,
  OpenAttempt,
  OpenSlot,
  Placement,
  RunRecord,
  RunTime,
  Superfluous,
} from './record/attempts/attempts.records.js';
export { EarlierOutputs } from './record/reading/earlier-outputs.store.js';
export { ArchiveStore } from './record/archive/archive.store.js';
export { AttemptsStore } from './record/attempts/attempts.store.js';
export { dispositionOf, type Disposition, type RetryFacts } from './domain/retry.js';
export {
  attemptMoves,
  attemptOutcomes,
  type AttemptOutcome,
  type AttemptState,
  isTerminal,
  type JobState,
  jobStates,
} from './domain/states.js';
export { daysFrom, isPastRetention } from './record/archive/archive-days.js';
export { JobTraces } from './following/job-traces.js';
export type { JobFilter, JobPlace } from './record/reading/job-filter.sql.js';
export { type AttemptView, JobsStore } from './record/reading/jobs.store.js';
export { type JobEvent, JobEvents } from './following/jobs.events.js';
export { GraphFiles } from './intake/graphs/graph-files.js';
export {
  type CallerFiles,
  GraphIntake,
  type RefusedGraph,
  type RunnableGraph,
} from './intake/graphs/graph-intake.js';
export type { GraphProblem } from './intake/graphs/graph-problems.js';
export { JobIntake } from './intake/job-intake.js';
export type { GraphSubmission } from './intake/submissions.js';
export { ordersChannel, schedulerChannel } from './channels.js';
export { acceptedTypes } from './intake/input-files.js';
export { JobClasses } from './intake/job-classes.js';
export { IdempotencyKeys } from './record/submit/idempotency-keys.js';
export {
  type FailureCause,
  FiguresStore,
  type MinuteFigures,
  type ModelUse,
  type NodeRun,
} from './record/reading/figures.store.js';
export { type JobOrder, JobOrderStore } from './record/reading/job-order.store.js';
export { type JobChange, JobChangesStore } from './record/reading/job-changes.store.js';
export { type AskedWith, JobPages } from './record/reading/job-pages.js';
export { JobsModule } from './jobs.module.js';
export { JobPriorities } from './job-priorities.js';
export { JobsService } from './jobs.service.js';
export {
  type AssetInput,
  type DeliverWish,
  type PictureFormat,
  pictureFormats,
} from './record/submit/new-job.js';
export { OutgoingWishes } from './intake/wishes/outgoing-wishes.js';
export { type InputPlace, putFile, withoutFiles } from './domain/input-files.js';
export type { JobOutput, JobView } from './record/reading/jobs.view.js';
export { ageMsOf, type JobError } from './record/stored-values.js';
export { CredentialIntake } from './intake/credential-intake.js';
export { WebhookIntake } from './intake/wishes/webhook-intake.js';
export { type InputColumn, inputSlices } from './record/long-texts.js';
export { firstKnown, type RecordHalf, sameDay } from './record/record-halves.js';
export { type ForecastDocument, Forecasts, type JobOutlook, outlookOf } from './following/forecasts.js';
export { Outlooks } from './following/outlooks.js';
export { type UsageGroup, usageGroups, type UsageRow, UsageStore } from './record/usage/usage.store.js';
export { SchedulerStore } from './record/queue/scheduler.store.js';
export { familyOf } from './intake/run-estimates.js';
export {
  type QueueClass,
  type QueueCount,
  type QueueHead,
  type QueueMeasure,
  QueueStore,
} from './record/queue/queue.store.js';
export { Batches, batchJobsMax, batchLengthMax } from './batches/batches.service.js';
export { type Batch, type BatchCounts, BatchesStore } from './batches/batches.store.js';
export { BroughtFiles } from './domain/brought-files.js';
export { sweep, type SweepMode, type Values } from './domain/sweep.js';
export type { Prepared } from './intake/job-drafts.js';
export {
  type NodeOutlook,
  type SubmitForecast,
  SubmitForecasts,
  type Thought,
} from './following/submit-forecasts.js';
export { WorkflowIntake } from './intake/workflow-intake.js';
export { type Reuse, reuses, SharedWork } from './reuse/shared-work.js';
