-- What the record reads again of a decision, as columns of its own.
ALTER TABLE "attempt" ADD COLUMN "expected_ms" DOUBLE PRECISION, ADD COLUMN "loads_models" BOOLEAN;
ALTER TABLE "archive"."attempt" ADD COLUMN "expected_ms" DOUBLE PRECISION, ADD COLUMN "loads_models" BOOLEAN;
UPDATE "attempt" SET
  "expected_ms" = 1000 * (("decision" -> 'terms' ->> 'executionS')::float8 + ("decision" -> 'terms' ->> 'switchingS')::float8),
  "loads_models" = ("decision" -> 'terms' ->> 'switchingS')::float8 > 0
WHERE "closed_at" IS NULL;
-- Attempts move in batches: a page must have room for two new versions of all its rows before the old ones can go.
ALTER TABLE "attempt" SET (fillfactor = 33);
