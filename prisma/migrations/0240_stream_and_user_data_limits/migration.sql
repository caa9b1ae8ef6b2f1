-- How many long-lived connections a tenant has open, over all replicas, and whose the places are for which the web UI keeps settings and
-- files (docs/access.md#limits). An older replica beside this version notes no connections, and new places as `default`'s until they are
-- used at a new one.
ALTER TABLE "tenant"
  ADD COLUMN "max_streams" INTEGER,
  ADD COLUMN "max_user_data_bytes" DOUBLE PRECISION;

-- What a replica says of itself. It counts as long as the replica lives.
CREATE TABLE "tenant_stream" (
    "tenant_id" TEXT NOT NULL,
    "replica_id" UUID NOT NULL,
    "open" INTEGER NOT NULL,

    CONSTRAINT "tenant_stream_pkey" PRIMARY KEY ("tenant_id", "replica_id"),
    CONSTRAINT "tenant_stream_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

ALTER TABLE "ui_owner" ADD COLUMN "tenant_id" TEXT NOT NULL DEFAULT 'default';
UPDATE "ui_owner" o SET "tenant_id" = p."tenant_id"
FROM "principal" p WHERE split_part(o."place", ' ', 1) = 'principal:' || p."id" AND p."tenant_id" <> 'default';
CREATE INDEX "ui_owner_tenant_id_idx" ON "ui_owner" ("tenant_id");
