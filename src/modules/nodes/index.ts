export {
  type MissingNeeds,
  nodeLabels,
  nodeName,
  nodeWeight,
  respell,
  ruledBySource,
} from './domain/index.js';
export { type ObjectInfoDocument } from './watching/inventory-reader.js';
export { NodeMonitor } from './watching/node-monitor.js';
export { ClusterInventory } from './cluster-inventory.js';
export { type Machine, machineOf, poolsOf } from './machine.js';
export { gpuClassOf, nodeBody, unusableBody } from './node-view.js';
export { nodeUrl } from './registry/node-url.js';
export { NodesModule } from './nodes.module.js';
export { NodesService } from './nodes.service.js';
export { type NodeRecord, NodesStore } from './nodes.store.js';
export { type KnownPool, type PoolMemory, PoolsStore } from './pools.store.js';
