-- The tables a job's life needs. Safety rests on three unique indexes of "attempt": its primary key (the id that ComfyUI
-- knows), one open attempt per job, one open attempt per slot of a node. Two leaders at once can then only waste time.

CREATE TYPE "job_state" AS ENUM ('queued', 'delayed', 'active', 'succeeded', 'failed', 'cancelled', 'expired');
CREATE TYPE "attempt_state" AS ENUM ('intent', 'sending', 'accepted', 'running', 'collecting', 'closed');
CREATE TYPE "attempt_outcome" AS ENUM (
  'ok', 'job_error', 'oom', 'node_fault', 'invalid', 'missing_dep', 'interrupted', 'node_lost', 'not_arrived',
  'not_sent', 'timeout', 'collect_error', 'cancelled', 'withdrawn'
);
CREATE TYPE "node_admin" AS ENUM ('active', 'draining', 'disabled');

CREATE TABLE "tenant" (
  "id" TEXT NOT NULL,
  "weight" DOUBLE PRECISION NOT NULL DEFAULT 1,
  "vfinish" DOUBLE PRECISION NOT NULL DEFAULT 0,
  "max_queued" INTEGER,
  "max_active" INTEGER,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "tenant_pkey" PRIMARY KEY ("id")
) WITH (fillfactor = 70);
INSERT INTO "tenant" ("id") VALUES ('default');

-- Jobs with equal needs share a class, so that a need is judged once per class and inventory, not once per job.
CREATE TABLE "sched_class" (
  "id" SERIAL NOT NULL,
  "hash" TEXT NOT NULL,
  "requirements" JSONB NOT NULL,
  "models" TEXT[] NOT NULL,
  "loras" TEXT[] NOT NULL,
  "node_types" TEXT[] NOT NULL,
  "min_vram_bytes" BIGINT NOT NULL DEFAULT 0,
  "tags" TEXT[] NOT NULL DEFAULT '{}',
  "profile_id" TEXT NOT NULL,
  "quarantined_reason" TEXT,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "sched_class_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "sched_class_hash_key" ON "sched_class" ("hash");

CREATE TABLE "job" (
  "id" UUID NOT NULL,
  "tenant_id" TEXT NOT NULL,
  "class_id" INTEGER NOT NULL,
  "state" "job_state" NOT NULL DEFAULT 'queued',
  "door" TEXT NOT NULL,
  "workflow" TEXT,
  "priority" SMALLINT NOT NULL DEFAULT 0,
  "eff_key" DOUBLE PRECISION NOT NULL,
  "not_before" TIMESTAMPTZ(3),
  "deadline" TIMESTAMPTZ(3),
  "attempts_job" SMALLINT NOT NULL DEFAULT 0,
  "attempts_infra" SMALLINT NOT NULL DEFAULT 0,
  "avoid_node_ids" TEXT[] NOT NULL DEFAULT '{}',
  "cancel_requested" BOOLEAN NOT NULL DEFAULT FALSE,
  "est_ms" INTEGER,
  "run_limit_ms" INTEGER,
  "labels" JSONB,
  "error" JSONB,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "started_at" TIMESTAMPTZ(3),
  "finished_at" TIMESTAMPTZ(3),
  CONSTRAINT "job_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "job_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT "job_class_id_fkey" FOREIGN KEY ("class_id") REFERENCES "sched_class" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX "job_ready" ON "job" ("class_id", "eff_key", "id") WHERE "state" = 'queued';
CREATE INDEX "job_due" ON "job" ("not_before") WHERE "state" = 'delayed';
CREATE INDEX "job_expiry" ON "job" ("deadline") WHERE "deadline" IS NOT NULL AND "state" IN ('queued', 'delayed', 'active');
CREATE INDEX "job_by_tenant" ON "job" ("tenant_id", "id" DESC);

-- A named workflow as it was when its jobs were submitted: they keep meaning the same when the files change.
CREATE TABLE "template" (
  "hash" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "definition" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "template_pkey" PRIMARY KEY ("hash")
);

-- Either a template with parameters, or a whole graph. Text, not jsonb: it is never searched, and keeps every digit of a seed.
CREATE TABLE "job_input" (
  "job_id" UUID NOT NULL,
  "template_hash" TEXT,
  "params" TEXT,
  "graph" TEXT,
  "assets" JSONB NOT NULL DEFAULT '[]',
  "extra_data" TEXT,
  CONSTRAINT "job_input_pkey" PRIMARY KEY ("job_id"),
  CONSTRAINT "job_input_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "job" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "job_input_template_hash_fkey" FOREIGN KEY ("template_hash") REFERENCES "template" ("hash") ON DELETE RESTRICT ON UPDATE CASCADE
);
-- For finding files that no job names; most jobs name one or none.
CREATE INDEX "job_input_assets_idx" ON "job_input" USING GIN ("assets" jsonb_path_ops);
DO $$
BEGIN
  ALTER TABLE "job_input" ALTER COLUMN "graph" SET COMPRESSION lz4, ALTER COLUMN "params" SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
  RAISE NOTICE 'this server was built without lz4; job inputs are compressed with pglz';
END $$;

CREATE TABLE "idempotency" (
  "tenant_id" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "job_id" UUID NOT NULL,
  "request_hash" TEXT NOT NULL,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "idempotency_pkey" PRIMARY KEY ("tenant_id", "key")
);
CREATE INDEX "idempotency_expires_at_idx" ON "idempotency" ("expires_at");

CREATE TABLE "inventory" (
  "hash" TEXT NOT NULL,
  "body" JSONB NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "inventory_pkey" PRIMARY KEY ("hash")
);

CREATE TABLE "node" (
  "id" TEXT NOT NULL,
  "url" TEXT NOT NULL,
  "source" TEXT NOT NULL,
  "admin" "node_admin" NOT NULL DEFAULT 'active',
  "weight" DOUBLE PRECISION NOT NULL DEFAULT 1,
  "labels" JSONB NOT NULL DEFAULT '{}',
  "gpu_class" TEXT,
  "version" TEXT,
  "capabilities" JSONB,
  "devices" JSONB,
  "inventory_hash" TEXT,
  "state" TEXT NOT NULL DEFAULT 'unknown',
  "state_reason" TEXT,
  "last_seen_at" TIMESTAMPTZ(3),
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "node_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "node_inventory_hash_fkey" FOREIGN KEY ("inventory_hash") REFERENCES "inventory" ("hash") ON DELETE RESTRICT ON UPDATE CASCADE
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX "node_url_key" ON "node" ("url");

CREATE TABLE "attempt" (
  "prompt_id" UUID NOT NULL,
  "job_id" UUID NOT NULL,
  "no" SMALLINT NOT NULL,
  "node_id" TEXT NOT NULL,
  "slot" SMALLINT NOT NULL DEFAULT 0,
  "owner" UUID NOT NULL,
  "ver" INTEGER NOT NULL DEFAULT 0,
  "state" "attempt_state" NOT NULL DEFAULT 'intent',
  "send_deadline" TIMESTAMPTZ(3),
  "number" DOUBLE PRECISION,
  "progress" REAL,
  "decision" JSONB,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "sending_at" TIMESTAMPTZ(3),
  "accepted_at" TIMESTAMPTZ(3),
  "running_at" TIMESTAMPTZ(3),
  "collecting_at" TIMESTAMPTZ(3),
  "closed_at" TIMESTAMPTZ(3),
  "outcome" "attempt_outcome",
  "error" JSONB,
  CONSTRAINT "attempt_pkey" PRIMARY KEY ("prompt_id"),
  CONSTRAINT "attempt_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "job" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "attempt_closed_check" CHECK (("state" = 'closed') = ("closed_at" IS NOT NULL) AND ("closed_at" IS NULL) = ("outcome" IS NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
CREATE UNIQUE INDEX "attempt_one_open" ON "attempt" ("job_id") WHERE "closed_at" IS NULL;
-- A run that is over at the node holds no slot while its files are fetched: the GPU does not wait for the network.
CREATE UNIQUE INDEX "attempt_one_slot" ON "attempt" ("node_id", "slot") WHERE "state" IN ('intent', 'sending', 'accepted', 'running');
CREATE INDEX "attempt_owner" ON "attempt" ("owner") WHERE "closed_at" IS NULL;
CREATE INDEX "attempt_job_id_no_idx" ON "attempt" ("job_id", "no");

CREATE TABLE "asset" (
  "sha256" TEXT NOT NULL,
  "size_bytes" BIGINT NOT NULL,
  "mime" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "asset_pkey" PRIMARY KEY ("sha256")
);

-- What a caller named an upload; the newest of a name counts.
CREATE TABLE "upload" (
  "id" BIGSERIAL NOT NULL,
  "tenant_id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "sha256" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "upload_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "upload_sha256_fkey" FOREIGN KEY ("sha256") REFERENCES "asset" ("sha256") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE INDEX "upload_tenant_id_name_id_idx" ON "upload" ("tenant_id", "name", "id" DESC);

CREATE TABLE "job_output" (
  "job_id" UUID NOT NULL,
  "ordinal" SMALLINT NOT NULL,
  "prompt_id" UUID NOT NULL,
  "node_id" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "filename" TEXT NOT NULL,
  "subfolder" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "container" TEXT NOT NULL,
  "is_video" BOOLEAN NOT NULL,
  "mime" TEXT NOT NULL,
  "sha256" TEXT NOT NULL,
  "size_bytes" BIGINT NOT NULL,
  "raw" JSONB NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "job_output_pkey" PRIMARY KEY ("job_id", "ordinal"),
  CONSTRAINT "job_output_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "job" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "job_output_sha256_idx" ON "job_output" ("sha256");
CREATE INDEX "job_output_filename_subfolder_type_created_at_idx" ON "job_output" ("filename", "subfolder", "type", "created_at" DESC);

-- Run time as learned per workflow profile and GPU class.
CREATE TABLE "profile_stat" (
  "profile_id" TEXT NOT NULL,
  "gpu_class" TEXT NOT NULL,
  "runs" INTEGER NOT NULL DEFAULT 0,
  "model" JSONB NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "profile_stat_pkey" PRIMARY KEY ("profile_id", "gpu_class")
) WITH (fillfactor = 70);

-- Heartbeats survive no crash of the server and need not: a replica writes again within two seconds.
CREATE UNLOGGED TABLE "replica" (
  "id" UUID NOT NULL,
  "version" TEXT NOT NULL,
  "host" TEXT NOT NULL,
  "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "heartbeat_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "replica_pkey" PRIMARY KEY ("id")
) WITH (fillfactor = 50);

CREATE TABLE "leader" (
  "name" TEXT NOT NULL,
  "replica_id" UUID NOT NULL,
  "term" BIGINT NOT NULL,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "leader_pkey" PRIMARY KEY ("name")
) WITH (fillfactor = 50);
