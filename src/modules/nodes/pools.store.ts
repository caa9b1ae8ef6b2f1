/** What the nodes of a pool had when it last had some: all that is known of one that is scaled to zero. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import type { Requirements } from '../workflows/index.js';
import { classesIn, type Inventory, readinessOf } from './domain/index.js';
import { labelsIn } from './registry/registered-node.js';

export interface PoolMemory {
  name: string;
  inventoryHash: string;
  vramBytes: number;
  labels: Record<string, string>;
}

/** What jobs of a class need of a node. */
export interface PoolNeeds {
  requirements: Requirements;
  minVramBytes: number;
  labels: Readonly<Record<string, string>>;
}

export interface KnownPool extends PoolMemory {
  /** Whether a node as it had could run such jobs. */
  could: (needs: PoolNeeds) => boolean;
}

@Injectable()
export class PoolsStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  async known(names: readonly string[]): Promise<KnownPool[]> {
    const { rows } = await this.pool.query<PoolMemory & { classes: Inventory['classes'] }>(
      `SELECT name, inventory_hash AS "inventoryHash", vram_bytes::float8 AS "vramBytes", labels, body AS classes
         FROM pool JOIN inventory ON hash = inventory_hash WHERE name = ANY($1)`,
      [names],
    );
    return rows.map(({ classes: stored, labels: told, ...row }) => {
      const memory = { ...row, labels: labelsIn(told) };
      const classes = classesIn(stored);
      return {
        ...memory,
        could: ({ requirements, minVramBytes, labels }) =>
          minVramBytes <= memory.vramBytes &&
          Object.entries(labels).every(([key, value]) => memory.labels[key] === value) &&
          readinessOf(requirements, { classes }).ready,
      };
    });
  }

  /** The inventory may not be kept yet: then it is told again. Answers whether it was. */
  async remember({ name, inventoryHash, vramBytes, labels }: PoolMemory): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `INSERT INTO pool (name, inventory_hash, vram_bytes, labels) SELECT $1, hash, $3, $4 FROM inventory WHERE hash = $2
       ON CONFLICT (name) DO UPDATE SET inventory_hash = $2, vram_bytes = $3, labels = $4, seen_at = now()`,
      [name, inventoryHash, Math.round(vramBytes), JSON.stringify(labels)],
    );
    return rowCount === 1;
  }
}
