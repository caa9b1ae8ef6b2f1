-- What a tenant may ask for in a day, and what it has asked for on the day that it last submitted on (docs/access.md). An older
-- replica beside this version charges nothing to the day.
ALTER TABLE "tenant"
  ADD COLUMN "max_jobs_per_day" INTEGER,
  ADD COLUMN "max_gpu_seconds_per_day" DOUBLE PRECISION,
  ADD COLUMN "day" DATE NOT NULL DEFAULT '1970-01-01',
  ADD COLUMN "day_jobs" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "day_gpu_ms" DOUBLE PRECISION NOT NULL DEFAULT 0;

-- How long a closed attempt had its node's GPU, whatever became of it; null for one that an older version closed.
ALTER TABLE "attempt" ADD COLUMN "gpu_ms" INTEGER;
ALTER TABLE archive."attempt" ADD COLUMN "gpu_ms" INTEGER;
