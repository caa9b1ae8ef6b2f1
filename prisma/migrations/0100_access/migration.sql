-- Who may do what: principals of the tenants, their keys (of which only the hash is kept).
CREATE TABLE "principal" (
  "id" TEXT NOT NULL,
  "tenant_id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "principal_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "principal_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE INDEX "principal_tenant_id_idx" ON "principal" ("tenant_id");

CREATE TABLE "api_key" (
  "id" TEXT NOT NULL,
  "principal_id" TEXT NOT NULL,
  "secret_hash" BYTEA NOT NULL,
  "name" TEXT NOT NULL,
  "role" TEXT NOT NULL,
  "rights" TEXT[] NOT NULL,
  "scopes" JSONB NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "created_by" TEXT,
  "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "expires_at" TIMESTAMPTZ(3),
  "used_at" TIMESTAMPTZ(3),
  "revoked_at" TIMESTAMPTZ(3),
  CONSTRAINT "api_key_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "api_key_principal_id_fkey" FOREIGN KEY ("principal_id") REFERENCES "principal" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "api_key_principal_id_idx" ON "api_key" ("principal_id");
CREATE INDEX "api_key_changed_at_idx" ON "api_key" ("changed_at");
