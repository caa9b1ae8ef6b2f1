export { SimulatedNode, startSimulatedNode, type InjectedFault } from './simulated-node.js';
export type { SimulatedNodeOptions } from './options.js';
export type { FaultKind, FaultOf, FaultSpec } from './faults/fault-board.js';
export type { Outcome, RecordEntry } from './state/record-book.js';
export { wanModelFiles, type ModelFiles } from './nodes/model-files.js';
