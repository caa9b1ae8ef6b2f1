/**
 * Writes job, input, idempotency key and prompt in one statement, and charges the tenant for the run. Nothing is written when
 * the key is taken; a concurrent request with the same key waits on the key's row for the outcome of the first. A place by
 * number or at the front is looked up among what waits: rare, and only then. Locks the tenant's row until the commit.
 *
 * $1–$10 the job ($7 seconds of credit), $11–$15 its input, $16 and $17 key and hash of the request, $18–$24 the prompt:
 * place, client id, number, front, targets, workflow id, sealed secrets; without a place there is none. $25 expected run in
 * milliseconds, $26 work units, $27 traceparent, $28 and $29 webhook and
 * its sealed secret.
 */
import { tagged } from './tenant-charge.js';

export const insertSql = `
  WITH named AS (
    INSERT INTO idempotency AS held (tenant_id, key, job_id, request_hash, expires_at)
    SELECT $2, $16, $1, $17, now() + interval '24 hours' WHERE $16::text IS NOT NULL
    ON CONFLICT (tenant_id, key) DO UPDATE SET job_id = excluded.job_id, request_hash = excluded.request_hash, expires_at = excluded.expires_at
    WHERE held.expires_at <= now() RETURNING job_id),
  ${tagged},
  accepted AS (
    INSERT INTO job (id, tenant_id, class_id, door, workflow, priority, eff_key, credit_s, est_ms, work_units, input_bytes, deadline, run_limit_ms, labels, traceparent, webhook, webhook_secret)
    SELECT $1, $2, $3, $4, $5, $6, eff_key, start_key - eff_key, $25, $26,
      (SELECT COALESCE(sum(a.size_bytes), 0) FROM jsonb_array_elements($14::jsonb) e JOIN asset a ON a.sha256 = e->>'sha256'), $8, $9, $10, $27, $28::jsonb, $29::bytea
    FROM placed RETURNING id),
  described AS (
    INSERT INTO job_input (job_id, template_hash, params, graph, assets, extra_data)
    SELECT id, $11, $12, $13, $14::jsonb, $15 FROM accepted),
  prompted AS (
    INSERT INTO job_prompt (job_id, place, client_id, number, front, targets, workflow_id, secrets)
    SELECT id, $18, $19, $20::float8, $21::boolean, $22::text[], $23, $24::bytea FROM accepted WHERE $18::text IS NOT NULL RETURNING ticket)
  SELECT ticket FROM accepted LEFT JOIN prompted ON TRUE`;
