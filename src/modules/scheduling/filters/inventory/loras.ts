import type { Filter } from '../filter.js';

/**
 * Reads the class's LoRA files and the node's inventory. LoRAs are the needs that differ most between nodes (users drop
 * them into one box), so they are told apart from models in the reason a waiting job gives.
 */
export const loras: Filter = (needs, node) => {
  const missing = needs.loras.find((lora) => node.inventory?.loras.has(lora) === false);
  return missing === undefined ? undefined : { filter: 'loras', detail: missing };
};
