export { isSameHash, keyOf, looksLikeKey, type NewKey, randomBytesOfKey, readKey } from './api-key.js';
export { digestName } from './digests.js';
export { type Claims, claimsAskedFor, type Grant, grantOf, personOf, subjectName } from './grants.js';
export { type LinkedFile, type LinkTerms, readLink, signLink } from './link.js';
export {
  type Kind,
  lackOf,
  may,
  ownedBy,
  ownedParameters,
  reachesAll,
  type Resource,
  type Verb,
  type Verdict,
} from './may.js';
export {
  type Bearer,
  hashOfPass,
  type Holder,
  holderFor,
  type Identity,
  type PassKind,
  passOf,
} from './pass.js';
export {
  anonymous,
  defaultTenantId,
  everybody,
  linkHolder,
  localOperator,
  nobody,
  noScopes,
  type Pass,
  type Principal,
  type Scopes,
} from './principal.js';
export { readSession, signSession } from './session-id.js';
export { hasRight, type Right, rights, type Role, roles } from './roles.js';
