-- What the archived jobs of a day came to (docs/access.md#usage), written by the statement that archives them: each once. Jobs that
-- are not archived yet are counted as they are. The workflow is empty for graphs without a name. Stays when the archive forgets the day.
CREATE TABLE "usage_day" (
    "day" DATE NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "workflow" TEXT NOT NULL,
    "jobs" BIGINT NOT NULL,
    "runs" BIGINT NOT NULL,
    "gpu_ms" DOUBLE PRECISION NOT NULL,
    "input_bytes" DOUBLE PRECISION NOT NULL,
    "output_bytes" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "usage_day_pkey" PRIMARY KEY ("day", "tenant_id", "workflow")
);

-- An older replica beside this version cannot archive any more: it would count nothing. Its chore fails and is done by the new ones.
ALTER TABLE archive."job" ADD COLUMN "counted" BOOLEAN NOT NULL DEFAULT true;
ALTER TABLE archive."job" ALTER COLUMN "counted" DROP DEFAULT;

-- What is in the archive by now; a column of a later number may be there or not. The lock of the line above keeps everybody else from archiving until this is over.
INSERT INTO "usage_day" ("day", "tenant_id", "workflow", "jobs", "runs", "gpu_ms", "input_bytes", "output_bytes")
SELECT "day", "tenant_id", COALESCE("workflow", ''), sum("jobs"), sum("runs"), sum("gpu_ms"), sum("input_bytes"), sum("output_bytes")
FROM (
  SELECT (j.finished_at AT TIME ZONE 'UTC')::date AS "day", j.tenant_id, j.workflow, 1 AS "jobs", 0 AS "runs", 0::float8 AS "gpu_ms",
    j.input_bytes::float8 AS "input_bytes", 0::float8 AS "output_bytes"
  FROM archive.job j WHERE j.finished_at IS NOT NULL
  UNION ALL
  SELECT (a.closed_at AT TIME ZONE 'UTC')::date, j.tenant_id, j.workflow, 0, CASE WHEN a.running_at IS NULL AND a.run_ms IS NULL THEN 0 ELSE 1 END,
    COALESCE(a.run_ms, GREATEST(0, extract(epoch FROM COALESCE(a.collecting_at, a.closed_at) - a.running_at) * 1000), 0)::float8, 0, 0
  FROM archive.attempt a JOIN archive.job j ON j.id = a.job_id AND j.day = a.day WHERE a.closed_at IS NOT NULL
  UNION ALL
  SELECT (j.finished_at AT TIME ZONE 'UTC')::date, j.tenant_id, j.workflow, 0, 0, 0, 0, o.size_bytes::float8
  FROM archive.job_output o JOIN archive.job j ON j.id = o.job_id AND j.day = o.day WHERE COALESCE((to_jsonb(o)->>'reused')::boolean, false) = false AND j.finished_at IS NOT NULL
) spent GROUP BY 1, 2, 3;
