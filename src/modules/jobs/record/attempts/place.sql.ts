/**
 * queued → active and the new attempts, for a whole batch. A job that is no longer queued is left out; nothing is done when a newer
 * leader has taken over. A slot or job that is already taken fails the batch (unique violation, nothing kept). Locks the job rows in
 * id order, so that two leaders cannot deadlock. Commits without waiting for the disk: what a crash undoes was not sent, for the move
 * to `sending` waits for the disk, and for all that was written before it.
 */
import { relaxed, rowsOf, statement } from '../../../../platform/database/index.js';

export const placeRows = rowsOf({
  job_id: 'uuid',
  prompt_id: 'uuid',
  node_id: 'text',
  slot: 'smallint',
  owner: 'uuid',
  decision: 'jsonb',
  expected_ms: 'float8',
  loads_models: 'boolean',
  term: 'bigint',
});

export const place = statement(
  'place',
  `WITH ${relaxed},
  wanted AS MATERIALIZED (SELECT w.* FROM ${placeRows.table}, relaxed),
  locked AS MATERIALIZED (
    SELECT j.id FROM job j JOIN wanted w ON w.job_id = j.id
    WHERE j.state = 'queued' AND NOT j.cancel_requested AND EXISTS (SELECT FROM leader l WHERE l.name = 'scheduler' AND l.term = w.term)
    ORDER BY j.id FOR UPDATE OF j),
  claimed AS (
    UPDATE job j SET state = 'active', started_at = COALESCE(j.started_at, now()) FROM locked WHERE j.id = locked.id RETURNING j.id)
  INSERT INTO attempt (prompt_id, job_id, no, node_id, slot, owner, decision, expected_ms, loads_models)
  SELECT w.prompt_id, w.job_id, 1 + (SELECT count(*) FROM attempt a WHERE a.job_id = w.job_id), w.node_id, w.slot, w.owner,
    w.decision, w.expected_ms, w.loads_models
  FROM wanted w JOIN claimed c ON c.id = w.job_id RETURNING prompt_id`,
);
