-- What the scheduler keeps: fair tags at submit, what it has learned, what it expects, and the times of each run.

-- Virtual time, written by the leader each second at most and read by every submit.
CREATE TABLE "scheduler_clock" (
  "name" TEXT NOT NULL,
  "virtual_s" DOUBLE PRECISION NOT NULL DEFAULT 0,
  -- Sum of the speeds of the nodes that take work.
  "cluster_speed" DOUBLE PRECISION NOT NULL DEFAULT 1,
  CONSTRAINT "scheduler_clock_pkey" PRIMARY KEY ("name")
) WITH (fillfactor = 50);
INSERT INTO "scheduler_clock" ("name") VALUES ('scheduler');

-- Run times, load times and what nodes hold in memory, as one document.
CREATE TABLE "scheduler_memory" (
  "name" TEXT NOT NULL,
  "body" JSONB NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "scheduler_memory_pkey" PRIMARY KEY ("name")
);

-- Why jobs wait and when they will run, as the leader last saw it; worth nothing after a crash.
CREATE UNLOGGED TABLE "forecast" (
  "name" TEXT NOT NULL,
  "body" TEXT NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "forecast_pkey" PRIMARY KEY ("name")
);

-- Where the tenant's latest job began in virtual time; "vfinish" is where it ends.
ALTER TABLE "tenant" ADD COLUMN "vstart" DOUBLE PRECISION NOT NULL DEFAULT 0;

ALTER TABLE "sched_class"
  ADD COLUMN "workflow" TEXT,
  ADD COLUMN "labels" JSONB NOT NULL DEFAULT '{}',
  ADD COLUMN "pool" TEXT,
  DROP COLUMN "tags";

ALTER TABLE "job"
  ADD COLUMN "credit_s" DOUBLE PRECISION NOT NULL DEFAULT 0,
  ADD COLUMN "work_units" DOUBLE PRECISION NOT NULL DEFAULT 1,
  ADD COLUMN "input_bytes" BIGINT NOT NULL DEFAULT 0;
-- Until now keys were seconds since 1970: what waits goes before everything new, in its old order.
UPDATE "job" SET "eff_key" = "eff_key" - extract(epoch FROM now()) WHERE "finished_at" IS NULL;

-- By the node's clock: the whole run, and the part of it before the samplers worked.
ALTER TABLE "attempt"
  ADD COLUMN "run_ms" INTEGER,
  ADD COLUMN "set_up_ms" INTEGER,
  ADD COLUMN "withdraw_requested" BOOLEAN NOT NULL DEFAULT FALSE;

-- Prompts on the node that nobody sent through this service.
ALTER TABLE "node" ADD COLUMN "foreign_prompts" INTEGER NOT NULL DEFAULT 0;

-- The same for the archive, which has no defaults: its rows come whole from the tables above.
ALTER TABLE "archive"."job"
  ADD COLUMN "credit_s" DOUBLE PRECISION NOT NULL,
  ADD COLUMN "work_units" DOUBLE PRECISION NOT NULL,
  ADD COLUMN "input_bytes" BIGINT NOT NULL;
ALTER TABLE "archive"."attempt"
  ADD COLUMN "run_ms" INTEGER,
  ADD COLUMN "set_up_ms" INTEGER,
  ADD COLUMN "withdraw_requested" BOOLEAN NOT NULL;
