/**
 * Writes a batch of jobs with their inputs, idempotency keys and prompts, and charges each tenant once for all of its runs. Answers a
 * row for every job asked for: its ticket, or why it was not written. A job whose key is taken writes nothing.
 *
 * A tenant's quotas of the day are held against its row under lock, which every replica takes one after the other: the first jobs that
 * fit are taken, in the order in which they came. A repetition counts until it is known for one, so that what is refused behind it, or
 * behind a job that is too large, may fit after all: `again`. Who keeps as many bytes as it may has no room for results, and submits nothing. A day's GPU time is what its jobs were estimated at, and what they took
 * once they have ended (tenant-charges.ts).
 *
 * The fair tags are `assignTag` of the scheduling module where the tenants' rows are locked; a test holds the two together. A place
 * by ComfyUI's number (lower ones first among waiting prompts, `front` before all) is looked up among what waits: rare, and only then.
 *
 * Locks tenants, then keys, each in one order, until the commit: a request with the same key waits on its tenant for the first one.
 */
import { finiteOr, rowsOf, statement } from '../../../../platform/database/index.js';
import { weightOf } from '../queue/tenant-charges.js';
import { burstSlope, defaultBurstS } from '../../../scheduling/index.js';

export const submitRows = rowsOf({
  id: 'uuid',
  tenant_id: 'text',
  class_id: 'int',
  door: 'text',
  principal_id: 'text',
  workflow: 'text',
  priority: 'smallint',
  credit_s: 'float8',
  est_ms: 'int',
  work_units: 'float8',
  deadline_ms: 'float8',
  run_limit_ms: 'int',
  labels: 'jsonb',
  traceparent: 'text',
  webhook: 'jsonb',
  webhook_secret: 'bytea',
  deliver: 'jsonb',
  template_hash: 'text',
  params: 'text',
  graph: 'text',
  assets: 'jsonb',
  extra_data: 'text',
  key: 'text',
  request_hash: 'text',
  place: 'text',
  client_id: 'text',
  number: 'float8',
  front: 'boolean',
  targets: 'text[]',
  workflow_id: 'text',
  secrets: 'bytea',
});

/** The front lies this far before everything that waits, so that no affinity to a loaded model overtakes it. */
const frontSeconds = 600;
const stepSeconds = 0.001;
const numberOfPrompt = `COALESCE(p.number, CASE WHEN p.front THEN 1 - p.ticket ELSE p.ticket - 1 END)`;

/** Days are UTC's. A row may be of the day after: a statement's time is that of its beginning. */
const today = `(now() AT TIME ZONE 'UTC')::date`;
const isToday = `t.day BETWEEN ${today} AND ${today} + 1`;
const ofToday = (column: string): string => `CASE WHEN ${isToday} THEN ${finiteOr(column, '0')} ELSE 0 END`;
/** What a tenant was charged up to now; a number that is none counts as not set. */
const chargedUpTo = `GREATEST(${finiteOr('t.vfinish', '(SELECT v FROM clock)')}, (SELECT v FROM clock))`;
const weight = `(${weightOf('t')})`;

export const submit = statement(
  'submit',
  `WITH wanted AS MATERIALIZED (SELECT * FROM ${submitRows.table}),
  admitted AS MATERIALIZED (
    SELECT w.*, row_number() OVER sofar AS nth, sum(w.est_ms) OVER sofar AS sum_ms
    FROM wanted w JOIN sched_class c ON c.id = w.class_id WHERE c.quarantined_reason IS NULL
    WINDOW sofar AS (PARTITION BY w.tenant_id ORDER BY w.ord ROWS UNBOUNDED PRECEDING)),
  locked AS MATERIALIZED (
    SELECT t.id, t.max_jobs_per_day - ${ofToday('t.day_jobs')} AS jobs_left, t.max_gpu_seconds_per_day * 1000 - ${ofToday('t.day_gpu_ms')} AS ms_left,
      CASE WHEN t.max_stored_bytes IS NOT NULL THEN t.max_stored_bytes - (SELECT s.stored_bytes FROM tenant_storage s WHERE s.tenant_id = t.id) END AS bytes_left
    FROM tenant t WHERE t.id IN (SELECT tenant_id FROM admitted) ORDER BY t.id FOR UPDATE),
  fitting AS MATERIALIZED (
    SELECT a.* FROM admitted a LEFT JOIN locked l ON l.id = a.tenant_id
    WHERE (l.jobs_left IS NULL OR a.nth <= l.jobs_left) AND (l.ms_left IS NULL OR (l.ms_left > 0 AND a.sum_ms <= l.ms_left))
      AND (l.bytes_left IS NULL OR l.bytes_left > 0)),
  named AS (
    INSERT INTO idempotency AS held (tenant_id, key, job_id, request_hash, expires_at)
    SELECT tenant_id, key, id, request_hash, now() + interval '24 hours' FROM fitting WHERE key IS NOT NULL ORDER BY tenant_id, key
    ON CONFLICT (tenant_id, key) DO UPDATE SET job_id = excluded.job_id, request_hash = excluded.request_hash, expires_at = excluded.expires_at
    WHERE held.expires_at <= now() RETURNING job_id),
  clock AS (SELECT ${finiteOr('virtual_s', '0')} AS v, GREATEST(${finiteOr('cluster_speed', '1')}, 1e-3) AS speed FROM scheduler_clock WHERE name = 'scheduler'),
  costs AS MATERIALIZED (
    SELECT a.*, a.est_ms::float8 / 1000 / speed AS charge,
      COALESCE(sum(a.est_ms::float8 / 1000 / speed) OVER (PARTITION BY a.tenant_id ORDER BY a.ord ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM fitting a, clock WHERE a.key IS NULL OR EXISTS (SELECT FROM named n WHERE n.job_id = a.id)),
  sums AS MATERIALIZED (SELECT tenant_id, sum(charge) AS total, max(before) AS last, count(*) AS jobs, sum(est_ms) AS ms FROM costs GROUP BY tenant_id),
  charged AS (
    INSERT INTO tenant AS t (id, vstart, vfinish, day, day_jobs, day_gpu_ms)
    SELECT tenant_id, v + last, v + total, ${today}, jobs, ms FROM sums, clock ORDER BY tenant_id
    ON CONFLICT (id) DO UPDATE SET
      day = CASE WHEN ${isToday} THEN t.day ELSE ${today} END, day_jobs = ${ofToday('t.day_jobs')} + excluded.day_jobs, day_gpu_ms = ${ofToday('t.day_gpu_ms')} + excluded.day_gpu_ms,
      vstart = ${chargedUpTo} + (SELECT last FROM sums s WHERE s.tenant_id = t.id) / ${weight},
      vfinish = ${chargedUpTo} + (SELECT total FROM sums s WHERE s.tenant_id = t.id) / ${weight}
    RETURNING id, ${weight} AS weight, vstart - (SELECT last FROM sums s WHERE s.tenant_id = t.id) / ${weight} AS base),
  started AS (
    SELECT c.*, v, t.base + c.before / t.weight - v AS ahead_s FROM costs c JOIN charged t ON t.id = c.tenant_id, clock),
  tagged AS (
    SELECT s.*, v + CASE WHEN ahead_s < ${defaultBurstS} THEN ${burstSlope} * ahead_s ELSE ahead_s - ${1 - burstSlope} * ${defaultBurstS} END AS start_key,
      COALESCE(number, CASE WHEN front THEN -(SELECT last_value FROM job_prompt_ticket_seq) END) AS wanted_number
    FROM started s),
  looked_up AS (
    SELECT t.*, CASE WHEN wanted_number IS NOT NULL THEN (
      SELECT ARRAY[max(j.eff_key) FILTER (WHERE ${numberOfPrompt} <= wanted_number), min(j.eff_key) FILTER (WHERE ${numberOfPrompt} > wanted_number)]
      FROM job j JOIN job_prompt p ON p.job_id = j.id WHERE j.state = 'queued') END AS keys FROM tagged t),
  placed AS MATERIALIZED (
    SELECT l.*, CASE
      WHEN wanted_number IS NULL THEN start_key - credit_s
      WHEN number IS NULL AND keys[1] IS NULL
        THEN (SELECT LEAST(min(eff_key), v) - ${frontSeconds} FROM job WHERE state = 'queued')
      WHEN keys[2] IS NULL THEN GREATEST(start_key, keys[1] + ${stepSeconds})
      WHEN keys[1] < keys[2] THEN GREATEST(keys[2] - ${stepSeconds}, (keys[1] + keys[2]) / 2)
      ELSE keys[2] - ${stepSeconds} END AS eff_key
    FROM looked_up l),
  accepted AS (
    INSERT INTO job (id, tenant_id, class_id, door, principal_id, workflow, priority, eff_key, credit_s, est_ms, work_units, input_bytes, deadline, run_limit_ms,
      labels, traceparent, webhook, webhook_secret, deliver)
    SELECT id, tenant_id, class_id, door, principal_id, workflow, priority, eff_key, start_key - eff_key, est_ms, work_units,
      CASE WHEN assets = '[]' THEN 0 ELSE (SELECT COALESCE(sum(a.size_bytes), 0) FROM jsonb_array_elements(assets) e JOIN asset a ON a.sha256 = e->>'sha256') END,
      to_timestamp(deadline_ms / 1000), run_limit_ms, labels, traceparent, webhook, webhook_secret, deliver
    FROM placed ORDER BY ord RETURNING id),
  described AS (
    INSERT INTO job_input (job_id, template_hash, params, graph, assets, extra_data)
    SELECT id, template_hash, params, graph, assets, extra_data FROM accepted JOIN placed USING (id)),
  prompted AS (
    INSERT INTO job_prompt (job_id, place, client_id, number, front, targets, workflow_id, secrets)
    SELECT id, place, client_id, number, front, targets, workflow_id, secrets FROM accepted JOIN placed USING (id)
    WHERE place IS NOT NULL ORDER BY ord RETURNING job_id, ticket)
  SELECT w.ord, a.id IS NOT NULL AS made, p.ticket, c.id IS NULL AS classless, c.quarantined_reason AS quarantined,
    CASE WHEN r.ord IS NULL OR f.ord IS NOT NULL THEN NULL WHEN l.bytes_left <= 0 THEN 'stored_bytes' WHEN r.nth > l.jobs_left THEN 'jobs_per_day' ELSE 'gpu_seconds_per_day' END AS exhausted,
    COALESCE(l.bytes_left > 0, true) AND COALESCE(l.jobs_left > COALESCE(s.jobs, 0), true) AND COALESCE(l.ms_left > 0 AND w.est_ms <= l.ms_left - COALESCE(s.ms, 0), true) AS again
  FROM wanted w LEFT JOIN accepted a ON a.id = w.id LEFT JOIN prompted p ON p.job_id = w.id LEFT JOIN sched_class c ON c.id = w.class_id
    LEFT JOIN admitted r ON r.ord = w.ord LEFT JOIN fitting f ON f.ord = w.ord
    LEFT JOIN locked l ON l.id = w.tenant_id LEFT JOIN sums s ON s.tenant_id = w.tenant_id
  ORDER BY w.ord`,
);
