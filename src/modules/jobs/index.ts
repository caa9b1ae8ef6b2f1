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
} from './attempts.records.js';
export { ArchiveStore } from './archive.store.js';
export { AttemptsStore } from './attempts.store.js';
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
export { daysFrom, isPastRetention } from './archive-days.js';
export { JobTraces } from './job-traces.js';
export type { AttemptView } from './jobs.store.js';
export { type JobEvent, JobEvents } from './jobs.events.js';
export { JobClasses } from './job-classes.js';
export { JobsModule } from './jobs.module.js';
export { type GraphSubmission, JobsService, ordersChannel, schedulerChannel } from './jobs.service.js';
export type { AssetInput } from './jobs.store.js';
export type { JobError, JobOutput, JobView } from './jobs.view.js';
export { WebhookIntake } from './webhook-intake.js';
export { firstKnown, type RecordHalf, sameDay } from './record-halves.js';
export { type ForecastDocument, Forecasts, type JobOutlook, outlookOf } from './forecasts.js';
export { SchedulerStore } from './scheduler.store.js';
export { familyOf } from './run-estimates.js';
export { type QueueClass, type QueueHead, type QueueMeasure, QueueStore } from './queue.store.js';
