-- What a source tells of its node besides the address.
ALTER TABLE "node"
  -- Since when its source has let go of it: it finishes what runs, gets nothing new, and is then forgotten.
  ADD COLUMN "leaving_at" TIMESTAMPTZ(3),
  -- Which process answers there, where the source can tell; another value is another process.
  ADD COLUMN "incarnation" TEXT;
