export {
  admission,
  closedBreaker,
  onCanarySent,
  onFault,
  onInconclusive,
  onSuccess,
  type Admission,
  type Breaker,
} from './breaker.js';
export { fleetEjection, type FleetEjection } from './fleet.js';
export {
  mayReceive,
  newNode,
  reduceHealth,
  refusalOf,
  type AdminState,
  type HealthEvent,
  type HealthFlag,
  type HealthState,
  type NodeHealth,
  type PollFailure,
  type Refusal,
} from './health.js';
export { canonicalInventory, inventoryFrom, type ClassInventory, type Inventory } from './inventory.js';
export {
  readinessOf,
  respell,
  type MissingChoice,
  type MissingNeeds,
  type Readiness,
  type Spelling,
  type SpellingPolicy,
} from './readiness.js';
export { inputTestsOf, unionOf } from './union.js';
