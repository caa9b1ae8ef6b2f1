export { createRegistry } from './registry.js';
