import type { ClassSpec, NodeSpec, Refusal } from '../types.js';
import type { Filter } from './filter.js';
import { labels } from './machine/labels.js';
import { pool } from './machine/pool.js';
import { vram } from './machine/vram.js';

const filters: readonly Filter[] = [vram, labels, pool];

/** The first filter that refuses. */
export function refusedByNode(needs: ClassSpec, node: NodeSpec): Refusal | undefined {
  for (const filter of filters) {
    const refusal = filter(needs, node);
    if (refusal) return refusal;
  }
  return undefined;
}
