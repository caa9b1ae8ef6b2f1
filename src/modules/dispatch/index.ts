export { DispatchModule } from './dispatch.module.js';
export { Retirement } from './retirement.js';
export { type RunEvent, RunEvents } from './run-events.js';
