-- Whoever has logged in with a browser, and tokens of one use for clients that can send no header: of both the hash alone is kept.
CREATE TABLE "login" (
  "hash" BYTEA NOT NULL,
  "holder" JSONB NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "login_pkey" PRIMARY KEY ("hash")
);
CREATE INDEX "login_expires_at_idx" ON "login" ("expires_at");

CREATE TABLE "token" (
  "hash" BYTEA NOT NULL,
  "holder" JSONB NOT NULL,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "token_pkey" PRIMARY KEY ("hash")
);
CREATE INDEX "token_expires_at_idx" ON "token" ("expires_at");
