-- When a place last used what the web UI keeps for it, so that it can be forgotten.
CREATE TABLE "ui_owner" (
  "place" TEXT NOT NULL,
  "used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "ui_owner_pkey" PRIMARY KEY ("place")
);
CREATE INDEX "ui_owner_used_at_idx" ON "ui_owner" ("used_at");
INSERT INTO "ui_owner" ("place") SELECT "place" FROM "ui_setting" UNION SELECT "place" FROM "ui_file";

-- Jobs are listed by their time: ids of prompts are their callers' and have none.
CREATE INDEX "job_created_at_id_idx" ON "job" ("created_at" DESC, "id" DESC);
CREATE INDEX "job_created_at_id_idx" ON archive."job" ("created_at" DESC, "id" DESC);
