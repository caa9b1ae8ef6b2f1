-- Who changed what (docs/access.md). Written before the change, so that none goes without its line; the outcome follows.
CREATE TABLE "audit" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "known_by" TEXT NOT NULL,
    "principal_id" TEXT,
    "key_id" TEXT,
    "tenant_id" TEXT NOT NULL,
    "verb" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "request" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "status" INTEGER,

    CONSTRAINT "audit_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "audit_at_idx" ON "audit"("at");
