-- What keeps the hot tables small and quick while jobs go through them.

-- A column that an index's predicate names counts as indexed: with "state" in it no move of an attempt could be a HOT
-- update. "collecting_at" changes once in an attempt's life.
ALTER TABLE "attempt" ADD CONSTRAINT "attempt_collecting_check"
  CHECK ("closed_at" IS NOT NULL OR ("state" = 'collecting') = ("collecting_at" IS NOT NULL));
DROP INDEX "attempt_one_slot";
-- A run that is over at the node holds no slot while its files are fetched: the GPU does not wait for the network.
CREATE UNIQUE INDEX "attempt_one_slot" ON "attempt" ("node_id", "slot") WHERE "closed_at" IS NULL AND "collecting_at" IS NULL;

-- No statement looks for a tenant's jobs but those that wait, to bound them.
DROP INDEX "job_by_tenant";
CREATE INDEX "job_waiting" ON "job" ("tenant_id") WHERE "state" IN ('queued', 'delayed');
-- For the archive: what has ended, in the order of the ends.
CREATE INDEX "job_ended" ON "job" ("finished_at") WHERE "finished_at" IS NOT NULL;

ALTER TABLE "job_input" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE "job_output" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE "job_prompt" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE "job_run" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE "replica" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE "leader" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE "node" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE "tenant" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_cost_delay = 0);

-- The archive: the same tables under the same names, one partition for each day on which jobs ended. A job's rows are
-- moved here together; a day is forgotten by dropping its partitions. A column that a later migration adds to one of
-- the six tables is added here too (a test compares them).
CREATE SCHEMA "archive";

CREATE TABLE "archive"."job" (LIKE "job" INCLUDING COMPRESSION, "day" DATE NOT NULL, PRIMARY KEY ("id", "day")) PARTITION BY RANGE ("day");
CREATE INDEX "job_state_id_idx" ON "archive"."job" ("state", "id");

CREATE TABLE "archive"."job_input" (LIKE "job_input" INCLUDING COMPRESSION, "day" DATE NOT NULL, PRIMARY KEY ("job_id", "day")) PARTITION BY RANGE ("day");
CREATE INDEX "job_input_assets_idx" ON "archive"."job_input" USING GIN ("assets" jsonb_path_ops);

CREATE TABLE "archive"."attempt" (LIKE "attempt" INCLUDING COMPRESSION, "day" DATE NOT NULL, PRIMARY KEY ("prompt_id", "day")) PARTITION BY RANGE ("day");
CREATE INDEX "attempt_job_id_no_idx" ON "archive"."attempt" ("job_id", "no");

CREATE TABLE "archive"."job_output" (LIKE "job_output" INCLUDING COMPRESSION, "day" DATE NOT NULL, PRIMARY KEY ("job_id", "ordinal", "day")) PARTITION BY RANGE ("day");
CREATE INDEX "job_output_sha256_idx" ON "archive"."job_output" ("sha256");
CREATE INDEX "job_output_name_idx" ON "archive"."job_output" ("filename", "subfolder", "type", "created_at" DESC);

CREATE TABLE "archive"."job_prompt" (LIKE "job_prompt" INCLUDING COMPRESSION, "day" DATE NOT NULL, PRIMARY KEY ("job_id", "day")) PARTITION BY RANGE ("day");
CREATE INDEX "job_prompt_place_ticket_idx" ON "archive"."job_prompt" ("place", "ticket" DESC);

CREATE TABLE "archive"."job_run" (LIKE "job_run" INCLUDING COMPRESSION, "day" DATE NOT NULL, PRIMARY KEY ("job_id", "day")) PARTITION BY RANGE ("day");
