import type { Filter } from '../filter.js';

/**
 * Reads the memory the class is known to need (stated by the workflow, or learned from an out-of-memory failure) and the
 * node's total. Total, not free: what sits in memory now is evicted when a prompt needs the room.
 */
export const vram: Filter = (needs, node) =>
  needs.minVramBytes <= node.vramBytes
    ? undefined
    : { filter: 'vram', detail: `${Math.ceil(needs.minVramBytes / 1e9)} GB` };
