import type { Filter } from '../filter.js';

/**
 * Reads the pool a tenant is confined to and the pools the node belongs to. The pool is part of the class, so a confined
 * tenant's jobs queue apart and never block others that need the same models.
 */
export const pool: Filter = (needs, node) =>
  needs.pool === undefined || node.pools.includes(needs.pool)
    ? undefined
    : { filter: 'pool', detail: needs.pool };
