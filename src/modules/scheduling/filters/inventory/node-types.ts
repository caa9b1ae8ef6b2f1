import type { Filter } from '../filter.js';

/**
 * Reads the graph's node types and those the server registered. A missing custom node pack fails the whole prompt with
 * `missing_node_type`.
 */
export const nodeTypes: Filter = (needs, node) => {
  const missing = needs.nodeTypes.find((type) => node.inventory?.nodeTypes.has(type) === false);
  return missing === undefined ? undefined : { filter: 'node-types', detail: missing };
};
