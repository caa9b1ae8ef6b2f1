/**
 * `correctTag` of the scheduling module: charges tenants more than at submission, or less. A statement of its own for all corrections
 * that came together, which locks the tenants in one order and does not wait for the disk: a correction that a crash loses makes a
 * tenant's next job a little earlier or later, and no move of a job waits for another one's tenant. What a job took of the GPU is put
 * in the place of its estimate as long as the day goes on to which its submit was charged.
 */
import type { Pool } from 'pg';
import { BatchWriter, finiteOr, relaxed, rowsOf, statement } from '../../../../platform/database/index.js';

export interface Correction {
  tenantId: string;
  deltaMs: number;
  /** What its attempt took of the GPU, less the estimate of a job that has ended. */
  gpuMs: number;
  /** Of its submit, in UTC: `YYYY-MM-DD`. */
  day: string;
}

/** Columns of a `Correction` for a job as `j`, which is charged `deltaMs` and whose attempt took `gpuMs`; both are SQL. */
export const correctionOf = (deltaMs: string, gpuMs: string): string =>
  `j.tenant_id, ${deltaMs} AS delta_ms, (${gpuMs})::float8 AS gpu_ms, (j.created_at AT TIME ZONE 'UTC')::date::text AS day`;

/** Of a job that was cancelled or ran out of time: back for one that never came to a node; the settle of an active one tells. */
export const unspentMs = `CASE WHEN j.state = 'active' THEN 0 ELSE -COALESCE(j.est_ms, 0)::float8 END`;

/** As they are read. */
export const correctionColumns = `tenant_id AS "tenantId", delta_ms AS "deltaMs", gpu_ms AS "gpuMs", day`;

const rows = rowsOf({ tenant_id: 'text', delta_ms: 'float8', gpu_ms: 'float8', day: 'date' });

/** SQL of a tenant's weight; one that is none, as a restored row may hold, counts as not set. */
export const weightOf = (tenant: string): string =>
  `CASE WHEN ${tenant}.weight > 0 AND ${tenant}.weight < 'Infinity' THEN ${tenant}.weight ELSE 1 END`;

const correct = statement(
  'correct-tenants',
  `WITH ${relaxed},
  wanted AS MATERIALIZED (SELECT w.* FROM ${rows.table}, relaxed),
  sums AS MATERIALIZED (SELECT tenant_id, sum(delta_ms) AS delta_ms FROM wanted GROUP BY tenant_id),
  locked AS MATERIALIZED (SELECT t.id FROM tenant t JOIN sums s ON s.tenant_id = t.id ORDER BY t.id FOR UPDATE OF t)
  UPDATE tenant t SET vfinish = GREATEST(t.vstart, t.vfinish + s.delta_ms / 1000 / ((${weightOf('t')}) * GREATEST(${finiteOr('c.cluster_speed', '1')}, 1e-3))),
    day_gpu_ms = GREATEST(0, ${finiteOr('t.day_gpu_ms', '0')} + COALESCE((SELECT sum(w.gpu_ms) FROM wanted w WHERE w.tenant_id = t.id AND w.day = t.day), 0))
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
            corrections.map(({ tenantId, deltaMs, gpuMs, day }) => ({
              tenant_id: tenantId,
              delta_ms: deltaMs,
              gpu_ms: gpuMs,
              day,
            })),
          ),
        ];
        await pool.query({ ...correct, values });
        return corrections.map(() => undefined);
      },
    });
  }

  async correct(correction: Correction): Promise<void> {
    if (correction.deltaMs !== 0 || correction.gpuMs !== 0) await this.writer.put(correction);
  }
}
