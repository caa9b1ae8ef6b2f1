/**
 * Simulated ComfyUI servers: demo backend and test double. `startSimulatedNode()` runs one in this process; `main.ts` is
 * the program that runs several. A node's `inject()` (or `POST /__sim/faults`) breaks it, and its `record()` (or
 * `GET /__sim/record`) tells every prompt it ever accepted, across restarts.
 */
export { SimulatedNode, startSimulatedNode, type InjectedFault } from './simulated-node.js';
export type { SimulatedNodeOptions } from './options.js';
export type { FaultKind, FaultOf, FaultSpec } from './faults/fault-board.js';
export type { Outcome, RecordEntry } from './state/record-book.js';
export { wanModelFiles, type ModelFiles } from './nodes/model-files.js';
