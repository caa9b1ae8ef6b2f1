export { createRegistry, secondsBuckets } from './registry.js';
