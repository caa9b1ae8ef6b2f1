-- The newest job that did some work, among those that were submitted with `reuse`: equal work of the tenant may be answered with it.
CREATE TABLE "shared_work" (
  "tenant_id" TEXT NOT NULL,
  "hash" TEXT NOT NULL,
  "job_id" UUID NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "shared_work_pkey" PRIMARY KEY ("tenant_id", "hash")
);
CREATE INDEX "shared_work_created_at_idx" ON "shared_work"("created_at");
