import type { Limit } from '../state.js';

/**
 * Reads how many jobs of a tenant or of a workflow run now and how many may. A job at the limit is passed over, not
 * waited for: the next one of another tenant in the same class takes the node.
 */
export function atLimit(limit: Limit | undefined): boolean {
  return limit !== undefined && limit.active >= limit.maxActive;
}
