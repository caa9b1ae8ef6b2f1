export { PeriodicLoop, type PeriodicLoopOptions } from './periodic-loop.js';
