export { ClusterFactsService } from './cluster-facts.service.js';
export { FleetModule } from './fleet.module.js';
export { onNewest } from './newest-knowledge.js';
export { ObjectInfoService } from './object-info.service.js';
export { type ReadWorkflow, WorkflowReader } from './workflow-reader.js';
