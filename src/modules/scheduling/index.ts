export { decide } from './decide.js';
export { createScheduler } from './state.js';
export type { SchedulerState } from './state.js';
export type * from './types.js';
export { defaultOptions } from './options.js';
export type { SchedulingOptions } from './options.js';
export { QueueWindows } from './feed/queue-windows.js';
export type { QueueWindow } from './feed/queue-windows.js';

export {
  assignTag,
  burstSlope,
  correctTag,
  creditOf,
  defaultBurstS,
  defaultCreditsS,
  effKeyOf,
} from './queue/order-key.js';
export type { Tag, TagRequest } from './queue/order-key.js';
export { virtualTimeS } from './queue/virtual-time.js';

export { describeWaiting } from './forecast/explain.js';
export type { WaitingReason } from './forecast/explain.js';
export { nextJobs } from './forecast/preload.js';
export type { NextJob } from './forecast/preload.js';
export { forecastOf } from './forecast/forecast.js';
export type { ClassForecast, Forecast, JobForecast, RunForecast } from './forecast/forecast.js';
export type { Eta } from './forecast/eta.js';
export { type Candidate, foresee, type Foreseen } from './forecast/newcomer.js';
export { refusedByNode } from './filters/index.js';

export { wantedNodes } from './scaling/wanted-nodes.js';
export type { PoolWish, ScaledPool } from './scaling/wanted-nodes.js';

export { exportLearned, readLearned, restoreScheduler, runTimesOf } from './estimator/learned.js';
export type { Learned } from './estimator/learned.js';
export { estimateLoadMs, loadTimesFromJson } from './estimator/load-time.js';
export { estimateRun, runKeys } from './estimator/run-time.js';
export type { RunProfile, RunTimeEstimate, RunTimes } from './estimator/run-time.js';
export { emptyResidency, evictedBy, holds, useModels } from './nodes/residency.js';
export type { Residency } from './nodes/residency.js';
