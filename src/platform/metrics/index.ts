export { createRegistry, secondsBuckets } from './registry.js';
export { type Quota, QuotaRefusals } from './quota-refusals.js';
