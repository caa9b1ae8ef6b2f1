/**
 * `correctTag` of the scheduling module: charges tenants more than at submission, or less. A statement of its own for all corrections
 * that came together, which locks the tenants in one order and does not wait for the disk: a correction that a crash loses makes a
 * tenant's next job a little earlier or later, and no move of a job waits for another one's tenant.
 */
import type { Pool } from 'pg';
import { BatchWriter, relaxed, rowsOf, statement } from '../../../../platform/database/index.js';

export interface Correction {
  tenantId: string;
  deltaMs: number;
}

const rows = rowsOf({ tenant_id: 'text', delta_ms: 'float8' });

const correct = statement(
  'correct-tenants',
  `WITH ${relaxed},
  sums AS MATERIALIZED (SELECT w.tenant_id, sum(w.delta_ms) AS delta_ms FROM ${rows.table}, relaxed GROUP BY w.tenant_id),
  locked AS MATERIALIZED (SELECT t.id FROM tenant t JOIN sums s ON s.tenant_id = t.id ORDER BY t.id FOR UPDATE OF t)
  UPDATE tenant t SET vfinish = GREATEST(t.vstart, t.vfinish + s.delta_ms / 1000 / (t.weight * GREATEST(c.cluster_speed, 1e-3)))
  FROM locked JOIN sums s ON s.tenant_id = locked.id, scheduler_clock c WHERE t.id = locked.id AND c.name = 'scheduler'`,
);

export class TenantCharges {
  private readonly writer: BatchWriter<Correction, undefined>;

  constructor(pool: Pool) {
    this.writer = new BatchWriter({
      underWayMax: 1,
      write: async (corrections) => {
        const values = [
          rows.parameter(
            corrections.map(({ tenantId, deltaMs }) => ({ tenant_id: tenantId, delta_ms: deltaMs })),
          ),
        ];
        await pool.query({ ...correct, values });
        return corrections.map(() => undefined);
      },
    });
  }

  async correct(correction: Correction): Promise<void> {
    if (correction.deltaMs !== 0) await this.writer.put(correction);
  }
}
