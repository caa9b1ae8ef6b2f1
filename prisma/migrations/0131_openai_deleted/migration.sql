-- Videos that clients of the OpenAI door deleted: their jobs stay in the record for its time, this door tells of them no more.
CREATE TABLE openai_deleted (
  job_id     uuid PRIMARY KEY,
  deleted_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
