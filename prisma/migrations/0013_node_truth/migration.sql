-- What decides placement, written by the owner of the node and read by every replica (docs/decisions/0012). No index holds
-- any of it, so that every write is HOT.
ALTER TABLE "node"
  ADD COLUMN "truth_owner" UUID,
  ADD COLUMN "truth_epoch" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "truth_ver" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "flags" TEXT[] DEFAULT ARRAY[]::TEXT[],
  ADD COLUMN "breaker" TEXT NOT NULL DEFAULT 'closed',
  ADD COLUMN "breaker_until" TIMESTAMPTZ(3),
  ADD COLUMN "breaker_faults" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "breaker_opened" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "canary" TEXT,
  ADD COLUMN "memory" JSONB;

ALTER TABLE "node" SET (fillfactor = 70);
