/** A queue as many submits would have left it, without the hours that they take. */
import type { Pool } from 'pg';

/** Jobs of each class that have their input: only these can come up while it is measured. */
const inputsPerClass = 100;
const tenants = 10;
const batchSize = 100_000;

/** Tops the queue up to `jobs`: like the jobs that are in it, one of each class, and behind one another in their keys. */
export async function fillQueue(pool: Pool, fromJobs: number, jobs: number): Promise<void> {
  const { rows } = await pool.query<{ classes: number }>(
    'SELECT count(DISTINCT class_id)::int AS classes FROM job',
  );
  const classes = rows[0]?.classes ?? 1;
  await pool.query(
    `INSERT INTO tenant (id) SELECT 'tenant-' || n FROM generate_series(1, ${tenants}) n ON CONFLICT DO NOTHING`,
  );
  for (let at = fromJobs; at < jobs; at += batchSize)
    await pool.query(
      `WITH sample AS (SELECT DISTINCT ON (class_id) class_id, id FROM job ORDER BY class_id, created_at),
       class AS (SELECT class_id, id AS like_id, row_number() OVER (ORDER BY class_id) - 1 AS at FROM sample),
       filled AS (
         INSERT INTO job (id, tenant_id, class_id, door, eff_key, est_ms, created_at)
         SELECT gen_random_uuid(), 'tenant-' || (1 + n % ${tenants}), c.class_id, 'v1', n, 1000, now() - interval '1 hour' + n * interval '1 ms'
         FROM generate_series($1::int, $2::int - 1) n JOIN class c ON c.at = n % $3::int
         RETURNING id, class_id, eff_key)
       INSERT INTO job_input (job_id, graph)
       SELECT f.id, regexp_replace(i.graph, '"seed": ?[0-9]+', '"seed":' || f.eff_key)
       FROM filled f JOIN class c USING (class_id) JOIN job_input i ON i.job_id = c.like_id
       WHERE f.eff_key < $3::int * ${inputsPerClass}`,
      [at, Math.min(jobs, at + batchSize), classes],
    );
  await pool.query('VACUUM (ANALYZE) job');
}
