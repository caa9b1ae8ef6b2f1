export { isIn, isLinkLocal } from './address.js';
export { guardedLookup, type Resolve } from './guarded-lookup.js';
export { type OutgoingRules, refusalOfTarget } from './target.js';
export { OutgoingClient, OutgoingError, type OutgoingAnswer } from './outgoing-client.js';
