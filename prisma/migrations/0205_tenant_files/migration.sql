-- What a tenant keeps and takes in (docs/access.md#limits). A file counts once for each tenant, as long as something of the tenant names
-- it. An older replica beside this version notes nothing here: what it takes in counts once it comes again.
ALTER TABLE "tenant"
  ADD COLUMN "max_stored_bytes" DOUBLE PRECISION,
  ADD COLUMN "max_uploaded_bytes_per_day" DOUBLE PRECISION;

-- Of uploads whose names are no tenant's alone: whose they are.
ALTER TABLE "upload" ADD COLUMN "owner" TEXT;

CREATE TABLE "tenant_file" (
    "tenant_id" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "noted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tenant_file_pkey" PRIMARY KEY ("tenant_id", "sha256"),
    CONSTRAINT "tenant_file_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- Beside the tenant's own row, which every submit locks: results are noted while jobs come in.
CREATE TABLE "tenant_storage" (
    "tenant_id" TEXT NOT NULL,
    "stored_bytes" BIGINT NOT NULL DEFAULT 0,
    "day" DATE NOT NULL DEFAULT '1970-01-01',
    "day_uploaded_bytes" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "tenant_storage_pkey" PRIMARY KEY ("tenant_id"),
    CONSTRAINT "tenant_storage_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
ALTER TABLE "tenant_storage" SET (fillfactor = 50);
ALTER TABLE "tenant_file" SET (fillfactor = 80);

-- Every tenant has its row, whoever makes it: what is locked must be there.
CREATE FUNCTION tenant_storage_of_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tenant_storage (tenant_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER tenant_storage_of_new AFTER INSERT ON "tenant" FOR EACH ROW EXECUTE FUNCTION tenant_storage_of_new();
INSERT INTO "tenant_storage" ("tenant_id") SELECT "id" FROM "tenant";
