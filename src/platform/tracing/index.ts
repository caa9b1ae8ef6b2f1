export { openTracing } from './open-tracing.js';
export { formatTraceparent, parseTraceparent, traceIdOf } from './traceparent.js';
export { Tracing } from './tracing.js';
