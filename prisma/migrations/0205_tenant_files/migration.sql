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

-- Uploads of the native door are named for a browser; its jobs tell whose it is. The others were everybody's, as `default` is.
UPDATE "upload" u SET "owner" = COALESCE(p.tenant_id, 'default')
FROM "upload" n LEFT JOIN (
  SELECT DISTINCT ON (place) 'native:' || left(encode(sha256(convert_to(place, 'UTF8')), 'hex'), 32) AS scope, j.tenant_id
  FROM (SELECT job_id, place, ticket FROM "job_prompt" UNION ALL SELECT job_id, place, ticket FROM archive."job_prompt") q
  JOIN (SELECT id, tenant_id FROM "job" UNION ALL SELECT id, tenant_id FROM archive."job") j ON j.id = q.job_id
  ORDER BY place, ticket DESC) p ON p.scope = n.tenant_id
WHERE n.id = u.id AND u.tenant_id LIKE 'native:%' AND u.tenant_id <> 'native:nodes';

-- What is kept today. Input files that operators put on nodes are nobody's.
INSERT INTO "tenant_file" ("tenant_id", "sha256", "size_bytes")
SELECT t.id, a.sha256, a.size_bytes
FROM (
  SELECT COALESCE(u.owner, u.tenant_id) AS tenant_id, u.sha256 FROM "upload" u
  UNION SELECT r.owner, r.sha256 FROM "asset_record" r WHERE r.job_id IS NULL
  UNION SELECT j.tenant_id, o.sha256 FROM "job_output" o JOIN "job" j ON j.id = o.job_id
  UNION SELECT j.tenant_id, o.sha256 FROM archive."job_output" o JOIN archive."job" j ON j.id = o.job_id AND j.day = o.day
  UNION SELECT j.tenant_id, e->>'sha256' FROM "job_input" i JOIN "job" j ON j.id = i.job_id, jsonb_array_elements(i.assets) e
    WHERE NOT EXISTS (SELECT FROM "upload" n WHERE n.sha256 = e->>'sha256' AND n.tenant_id = 'native:nodes')
  UNION SELECT j.tenant_id, e->>'sha256' FROM archive."job_input" i JOIN archive."job" j ON j.id = i.job_id AND j.day = i.day, jsonb_array_elements(i.assets) e
    WHERE NOT EXISTS (SELECT FROM "upload" n WHERE n.sha256 = e->>'sha256' AND n.tenant_id = 'native:nodes')
) named JOIN "tenant" t ON t.id = named.tenant_id JOIN "asset" a ON a.sha256 = named.sha256;

INSERT INTO "tenant_storage" ("tenant_id", "stored_bytes")
SELECT t.id, COALESCE(sum(f.size_bytes), 0) FROM "tenant" t LEFT JOIN "tenant_file" f ON f.tenant_id = t.id GROUP BY t.id;
