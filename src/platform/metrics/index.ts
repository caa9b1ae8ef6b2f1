export { createRegistry, secondsBuckets } from './registry.js';
export { QuotaRefusals } from './quota-refusals.js';
