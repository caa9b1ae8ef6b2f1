/**
 * Fair tags where the tenant's row is locked: `assignTag` and `correctTag` of the scheduling module as parts of statements. A
 * test holds the two together.
 */
import { burstSlope, defaultBurstS } from '../../scheduling/index.js';
import { numbered } from './numbered-place.js';

/** Charges the tenant for the job of insert-statement.ts; `placed` then has its key. */
export const tagged = `
  clock AS (SELECT virtual_s AS v, $25::float8 / 1000 / GREATEST(cluster_speed, 1e-3) AS charge FROM scheduler_clock WHERE name = 'scheduler'),
  charged AS (
    INSERT INTO tenant AS t (id, vstart, vfinish)
    SELECT $2, v, v + charge FROM clock WHERE $16::text IS NULL OR EXISTS (SELECT FROM named)
    ON CONFLICT (id) DO UPDATE SET vstart = GREATEST(t.vfinish, excluded.vstart),
      vfinish = GREATEST(t.vfinish, excluded.vstart) + (SELECT charge FROM clock) / t.weight
    RETURNING vstart),
  tag AS (
    SELECT v, v + CASE WHEN vstart - v < ${defaultBurstS} THEN ${burstSlope} * (vstart - v)
      ELSE vstart - v - ${1 - burstSlope} * ${defaultBurstS} END AS start_key FROM charged, clock),
  ${numbered},
  placed AS (SELECT start_key, COALESCE(numbered_key, start_key - $7::float8) AS eff_key FROM tag, numbered)`;

/** What a job that left the queue unrun is given back, as a column. */
export const refund = `j.tenant_id, CASE WHEN j.state = 'active' THEN 0 ELSE -COALESCE(j.est_ms, 0) END AS delta_ms`;

/**
 * `correctTag` where the job's row has just been written: charges its tenant by `deltaMs` more than at submission, or less.
 * `ended` names a statement part with tenant_id and delta_ms.
 */
export const correctedBy = (ended: string): string => `
  corrected AS (
    UPDATE tenant t SET vfinish = GREATEST(t.vstart, t.vfinish + d.delta_ms / 1000 / (t.weight * GREATEST(c.cluster_speed, 1e-3)))
    FROM (SELECT tenant_id, sum(delta_ms) AS delta_ms FROM ${ended} GROUP BY tenant_id) d, scheduler_clock c
    WHERE t.id = d.tenant_id AND c.name = 'scheduler' AND d.delta_ms <> 0)`;
