-- For finding files that no upload names, page by page.
CREATE INDEX "upload_sha256_idx" ON "upload" ("sha256");
