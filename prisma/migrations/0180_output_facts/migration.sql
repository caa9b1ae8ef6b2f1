-- Of every file also its BLAKE3, by which clients of Comfy API v2 know it; null for what was stored before.
ALTER TABLE asset ADD COLUMN blake3 text;
-- Of an output, whether its node remembered it from an earlier run.
ALTER TABLE job_output ADD COLUMN reused boolean NOT NULL DEFAULT false;
ALTER TABLE archive.job_output ADD COLUMN reused boolean NOT NULL DEFAULT false;
