-- Inputs that came from a URL, so that the same file is not sent twice: the next request asks with its ETag. Goes with the file.
CREATE TABLE fetched_url (
  url_hash   text PRIMARY KEY,
  etag       text NOT NULL,
  sha256     text NOT NULL REFERENCES asset (sha256) ON DELETE CASCADE ON UPDATE CASCADE,
  fetched_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX fetched_url_sha256_idx ON fetched_url (sha256);
