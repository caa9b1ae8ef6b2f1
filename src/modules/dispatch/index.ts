export { DispatchModule } from './dispatch.module.js';
export { type RunEvent, RunEvents } from './run-events.js';
