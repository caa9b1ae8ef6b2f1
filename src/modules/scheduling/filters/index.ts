import type { ClassSpec, NodeSpec } from '../types.js';
import type { Filter, Refusal } from './filter.js';
import { labels } from './labels.js';
import { loras } from './inventory/loras.js';
import { models } from './inventory/models.js';
import { nodeTypes } from './inventory/node-types.js';
import { pool } from './pool.js';
import { vram } from './vram.js';

/** Those that read the inventory alone, whose answer all nodes with equal files share. */
const inventoryFilters: readonly Filter[] = [models, loras, nodeTypes];
const nodeFilters: readonly Filter[] = [vram, labels, pool];

/** The first inventory filter that refuses. */
export function refusedByInventory(needs: ClassSpec, node: NodeSpec): Refusal | undefined {
  return firstRefusal(inventoryFilters, needs, node);
}

/** The first other filter that refuses. */
export function refusedByNode(needs: ClassSpec, node: NodeSpec): Refusal | undefined {
  return firstRefusal(nodeFilters, needs, node);
}

function firstRefusal(filters: readonly Filter[], needs: ClassSpec, node: NodeSpec): Refusal | undefined {
  for (const filter of filters) {
    const refusal = filter(needs, node);
    if (refusal) return refusal;
  }
  return undefined;
}
