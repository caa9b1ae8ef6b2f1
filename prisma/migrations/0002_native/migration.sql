-- What ComfyUI's own API needs beside the record of a job: who sent a prompt and what is told back of it, what the
-- node said at the end, and the state that the web UI keeps on its server.

CREATE TABLE "job_prompt" (
  "job_id" UUID NOT NULL,
  -- Where it came from, `session:…` or `address:…`: who may see and touch it.
  "place" TEXT NOT NULL,
  "client_id" TEXT,
  -- Counts the prompts: ComfyUI's automatic number.
  "ticket" BIGSERIAL NOT NULL,
  "number" DOUBLE PRECISION,
  "front" BOOLEAN NOT NULL DEFAULT FALSE,
  -- The output nodes that run.
  "targets" TEXT[] NOT NULL,
  "workflow_id" TEXT,
  -- Credentials of API nodes, encrypted; gone when the job has ended.
  "secrets" BYTEA,
  -- The caller deleted it from the history.
  "hidden" BOOLEAN NOT NULL DEFAULT FALSE,
  CONSTRAINT "job_prompt_pkey" PRIMARY KEY ("job_id"),
  CONSTRAINT "job_prompt_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "job" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "job_prompt_place_ticket_idx" ON "job_prompt" ("place", "ticket" DESC);

-- The node's own words about a finished run, as JSON text with its own digits, prompt ids rewritten to the job's.
CREATE TABLE "job_run" (
  "job_id" UUID NOT NULL,
  "outputs" TEXT NOT NULL,
  "messages" TEXT NOT NULL,
  "meta" TEXT NOT NULL,
  "started_at_ms" DOUBLE PRECISION,
  "ended_at_ms" DOUBLE PRECISION,
  CONSTRAINT "job_run_pkey" PRIMARY KEY ("job_id"),
  CONSTRAINT "job_run_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "job" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "ui_setting" (
  "place" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "value" TEXT NOT NULL,
  CONSTRAINT "ui_setting_pkey" PRIMARY KEY ("place", "key")
);

CREATE TABLE "ui_file" (
  "place" TEXT NOT NULL,
  "path" TEXT NOT NULL,
  "body" BYTEA NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "modified_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "ui_file_pkey" PRIMARY KEY ("place", "path")
);
