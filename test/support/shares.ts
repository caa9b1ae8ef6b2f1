/** How a cluster's nodes shared work, from their own records. */
import type { SimulatedNode } from '../../src/programs/simulator/index.js';

/** Runs that each node finished well, by its name. */
export function runsByNode(nodes: readonly SimulatedNode[]): Record<string, number> {
  return Object.fromEntries(
    nodes.map((node) => [node.name, node.record().filter(({ outcome }) => outcome === 'success').length]),
  );
}
