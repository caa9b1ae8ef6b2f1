import type { Filter } from '../filter.js';

/**
 * Reads the class's heavy models and the node's inventory. A prompt that names a model file the server does not list is
 * refused with `value_not_in_list`, so sending it there can only waste an attempt.
 */
export const models: Filter = (needs, node) => {
  const missing = needs.models.find((model) => node.inventory?.models.has(model) === false);
  return missing === undefined ? undefined : { filter: 'models', detail: missing };
};
