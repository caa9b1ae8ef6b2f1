-- What the last nodes of a pool had, so that the pool can be woken for what it could run when it has none.
CREATE TABLE "pool" (
  "name" TEXT NOT NULL,
  "inventory_hash" TEXT NOT NULL,
  "vram_bytes" BIGINT NOT NULL,
  "labels" JSONB NOT NULL DEFAULT '{}',
  "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "pool_pkey" PRIMARY KEY ("name"),
  CONSTRAINT "pool_inventory_hash_fkey" FOREIGN KEY ("inventory_hash") REFERENCES "inventory" ("hash") ON DELETE RESTRICT ON UPDATE CASCADE
);
