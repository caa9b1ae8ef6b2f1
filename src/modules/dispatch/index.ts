export { DispatchModule } from './dispatch.module.js';
export { Retirement } from './agents/retirement.js';
export { type RunEvent, RunEvents } from './relay/run-events.js';
