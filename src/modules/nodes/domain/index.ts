export {
  admission,
  breakerStates,
  closedBreaker,
  openMaxMs,
  type Admission,
  type Breaker,
} from './health/breaker.js';
export { admitted, type Judged, mustClaim, sendingRefusal, triedByAnother } from './health/admission.js';
export { type Evidence, judged, type Judgement } from './health/evidence.js';
export {
  breakerFrom,
  healthFrom,
  inheritedHealth,
  recordOfBreaker,
  type BreakerRecord,
  type NodeTruth,
} from './health/truth.js';
export {
  adminEvents,
  flagNames,
  mayReceive,
  newNode,
  reduceHealth,
  refusalOf,
  stateNames,
  type AdminState,
  type HealthEvent,
  type HealthFlag,
  type HealthState,
  type NodeHealth,
  type PollFailure,
  type Refusal,
} from './health/health.js';
export {
  canonicalSteps,
  classesIn,
  inventoryFrom,
  inventorySteps,
  type ClassInventory,
  type Inventory,
} from './inventory/inventory.js';
export { embeddingsApart, embeddingsOf, withEmbeddings } from './inventory/embeddings.js';
export {
  readinessOf,
  respell,
  type MissingChoice,
  type MissingNeeds,
  type Readiness,
  type Spelling,
  type SpellingPolicy,
} from './inventory/readiness.js';
export { inputTestsOf, type Union, unionOf } from './inventory/union.js';
export { registryChanges, type RegisteredNode, type RegistryChanges } from './discovery/registry-changes.js';
export { type SightedNode, type Sighting, sightingOf, sightingOfAddresses } from './discovery/sighting.js';
export { fileSizesIn } from './inventory/file-sizes.js';
export { nodesInFile } from './discovery/node-file.js';
export { afterAnswer, type KnownAddresses, type NameAddress, nodesAt } from './discovery/resolved-names.js';
export { ruledBySource } from './discovery/ownership.js';
export { nodeLabels, nodeName, nodeWeight } from './node-settings.js';
export { type EndpointSlice, endpointSliceFrom, type Pod, podFrom } from './discovery/kubernetes-objects.js';
export { sightingOfEndpoints } from './discovery/service-endpoints.js';
