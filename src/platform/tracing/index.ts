export { openTracing } from './open-tracing.js';
export { traceRequests } from './request-traces.js';
export { traceIdOf } from './traceparent.js';
export { Tracing } from './tracing.js';
