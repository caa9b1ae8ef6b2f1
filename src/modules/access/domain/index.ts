export { isSameHash, keyOf, looksLikeKey, type NewKey, randomBytesOfKey, readKey } from './api-key.js';
export {
  type Kind,
  kinds,
  may,
  ownedBy,
  ownedParameters,
  reachesAll,
  type Resource,
  type Verb,
  verbs,
  type Verdict,
} from './may.js';
export {
  anonymous,
  defaultTenantId,
  everybody,
  localOperator,
  nobody,
  noScopes,
  type Principal,
  type Scopes,
} from './principal.js';
export { hasRight, includes, type Right, rights, type Role, roles } from './roles.js';
