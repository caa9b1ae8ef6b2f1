-- Batches are listed newest first, by tenant; the index by id settles batches of one millisecond.
CREATE INDEX "batch_tenant_id_created_at_id_idx" ON "batch"("tenant_id", "created_at" DESC, "id" DESC);
