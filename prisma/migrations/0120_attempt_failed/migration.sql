-- Attempts that gave their job back or failed it, by time: what an event stream that comes back may have missed, and what went
-- wrong lately. The good ends are found by their jobs (job_ended).
CREATE INDEX "attempt_failed" ON "attempt" ("closed_at") WHERE "closed_at" IS NOT NULL AND "outcome" <> 'ok';
