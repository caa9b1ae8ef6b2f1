/** What passed in the longest gaps between runs, by the record of a scene. */
import type { Scene } from './scene.js';

/** What passed in the longest gaps: for whoever looks where they come from. Milliseconds since the run before had ended, by two clocks. */
export async function tellGaps(scene: Scene, sinceMs: number): Promise<void> {
  const { rows } = await scene.pool.query<Record<string, unknown>>(
    `WITH runs AS (
       SELECT a.*, r.started_at_ms AS began, lag(r.ended_at_ms) OVER of_node AS before, lag(r.started_at_ms) OVER of_node AS previous_began,
         lag(a.running_at) OVER of_node AS previous_running_at, lag(a.created_at) OVER of_node AS previous_created_at,
         lag(a.collecting_at) OVER of_node AS previous_collecting_at, lag(a.expected_ms) OVER of_node AS expected
       FROM job_run r JOIN attempt a ON a.job_id = r.job_id AND a.outcome = 'ok' WHERE r.started_at_ms >= $1
       WINDOW of_node AS (PARTITION BY a.node_id ORDER BY r.started_at_ms)),
     moments AS (SELECT *, before / 1000.0 AS ended FROM runs WHERE before IS NOT NULL)
     SELECT node_id AS node, no, slot, (m.began - before)::int AS gap, (before - $1)::int AS at, round(expected) AS expected,
       ${sinceTheEnd('previous_created_at')} AS "before: placed", (previous_began - before)::int AS began, ${sinceTheEnd('previous_running_at')} AS "begin heard",
       ${sinceTheEnd('previous_collecting_at')} AS "end heard", ${sinceTheEnd('created_at')} AS placed, ${sinceTheEnd('sending_at')} AS sending, ${sinceTheEnd('accepted_at')} AS accepted
     FROM moments m ORDER BY m.began - before DESC LIMIT 14`,
    [sinceMs],
  );
  for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
}

const sinceTheEnd = (column: string): string => `round(1000 * (extract(epoch FROM ${column}) - ended))::int`;
