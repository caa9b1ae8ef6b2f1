-- Which site this database belongs to. One row. The server's identifier and the database's number are not restored with a dump, so a
-- copy shows; `marked` says that the storage carries the id too. `key_check` is a known text under the site's SECRET_KEY.
CREATE TABLE "site" (
  "singleton" BOOLEAN NOT NULL DEFAULT true,
  "site_id" UUID NOT NULL,
  "system_identifier" TEXT,
  "database_oid" BIGINT NOT NULL,
  "marked" BOOLEAN NOT NULL DEFAULT false,
  "key_check" BYTEA,
  "adopted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "site_pkey" PRIMARY KEY ("singleton")
);
