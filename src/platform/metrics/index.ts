export { createRegistry, metricPrefix } from './registry.js';
