import type { Filter } from '../filter.js';

/**
 * Reads the labels a workflow or a submitter asked for and those the operator gave the node. Equality only: an operator who
 * needs more can give the node another label.
 */
export const labels: Filter = (needs, node) => {
  const wrong = Object.entries(needs.labels).find(([name, value]) => node.labels[name] !== value);
  return wrong === undefined ? undefined : { filter: 'labels', detail: wrong.join('=') };
};
