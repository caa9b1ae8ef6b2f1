-- Who submitted a job, beside the tenant that it is counted for; null for jobs of before, and of callers without a key.
ALTER TABLE "job" ADD COLUMN "principal_id" TEXT;
ALTER TABLE archive."job" ADD COLUMN "principal_id" TEXT;
