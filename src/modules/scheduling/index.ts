export { decide } from './decide.js';
export { createScheduler } from './state.js';
export type { SchedulerState } from './state.js';
export type * from './types.js';
export { defaultOptions } from './options.js';
export type { SchedulingOptions } from './options.js';

export { assignTag, burstSlope, correctTag, creditOf, defaultBurstS, defaultCreditsS } from './order-key.js';
export type { Tag, TagRequest } from './order-key.js';
export { virtualTimeS } from './virtual-time.js';

export { describeWaiting } from './explain.js';
export type { WaitingReason } from './explain.js';
export { nextJobs } from './preload.js';
export type { NextJob } from './preload.js';
export { forecastOf } from './forecast.js';
export type { ClassForecast, Forecast, JobForecast, RunForecast } from './forecast.js';
export type { Eta } from './eta.js';

export { exportLearned, readLearned, restoreScheduler, runTimesOf } from './learned.js';
export type { Learned } from './learned.js';
export { estimateRun, runKeys } from './estimator/run-time.js';
export type { RunProfile, RunTimeEstimate, RunTimes } from './estimator/run-time.js';
export { emptyResidency, holds, useModels } from './residency.js';
export type { Residency } from './residency.js';
