export { OpsModule } from './ops.module.js';
export { observeRequests } from './request.metrics.js';
