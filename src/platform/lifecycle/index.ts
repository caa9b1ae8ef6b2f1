export { catchTheRest } from './last-net.js';
export { Falls } from './falls.js';
export { LastCall } from './last-call.js';
export { PeriodicLoop, type PeriodicLoopOptions } from './periodic-loop.js';
export { signalWithin } from './signal-within.js';
export { untilAborted } from './until-aborted.js';
export { Nudge } from './nudge.js';
