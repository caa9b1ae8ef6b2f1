-- Versions of named workflows: content-addressed, never changed. `definition` is the text {"manifest": …, "graph": …} under its SHA-256, which
-- is also the hash of the template that its jobs keep. A channel, such as `latest`, points at one version.
CREATE TABLE "workflow_version" (
  "hash" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "definition" TEXT NOT NULL,
  "source" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "workflow_version_pkey" PRIMARY KEY ("hash")
);
CREATE INDEX "workflow_version_name_created_at_idx" ON "workflow_version" ("name", "created_at" DESC);

CREATE TABLE "workflow_channel" (
  "name" TEXT NOT NULL,
  "channel" TEXT NOT NULL,
  "hash" TEXT NOT NULL,
  "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "workflow_channel_pkey" PRIMARY KEY ("name", "channel"),
  CONSTRAINT "workflow_channel_hash_fkey" FOREIGN KEY ("hash") REFERENCES "workflow_version" ("hash") ON DELETE RESTRICT ON UPDATE CASCADE
);
