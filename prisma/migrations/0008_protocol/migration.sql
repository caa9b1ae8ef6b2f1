-- Attempts that were given up and may have succeeded all the same are asked for every few seconds. Few rows are in it, and
-- closing an attempt was never a HOT update.
CREATE INDEX "attempt_late" ON "attempt" ("closed_at") WHERE "outcome" IN ('node_lost', 'not_arrived', 'timeout', 'collect_error');
