-- Names of files for clients of Comfy API v2: uploads, one for each (owner, hash, path), and outputs of jobs, one for each.
-- An upload's record keeps its bytes; an output's record goes with them.
CREATE TABLE asset_record (
  id           uuid PRIMARY KEY,
  owner        text NOT NULL,
  sha256       text NOT NULL REFERENCES asset (sha256) ON DELETE CASCADE ON UPDATE CASCADE,
  blake3       text,
  file_path    text,
  content_type text NOT NULL,
  size_bytes   bigint NOT NULL,
  tags         text[] NOT NULL DEFAULT '{}',
  job_id       uuid,
  ordinal      smallint,
  created_at   timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  expires_at   timestamptz(3)
);
CREATE UNIQUE INDEX asset_record_upload ON asset_record (owner, blake3, file_path) WHERE job_id IS NULL;
CREATE UNIQUE INDEX asset_record_output ON asset_record (job_id, ordinal) WHERE job_id IS NOT NULL;
CREATE INDEX asset_record_path ON asset_record (owner, file_path, created_at DESC) WHERE job_id IS NULL;
CREATE INDEX asset_record_sha256_idx ON asset_record (sha256);
CREATE INDEX asset_record_expiry ON asset_record (expires_at) WHERE expires_at IS NOT NULL;
