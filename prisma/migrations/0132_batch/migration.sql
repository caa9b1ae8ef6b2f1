-- Many jobs that were submitted as one: written in the transaction of their submit. Jobs end and are forgotten as any other.
CREATE TABLE "batch" (
  "id" UUID NOT NULL,
  "tenant_id" TEXT NOT NULL,
  "principal_id" TEXT,
  -- What its jobs run, each name once; a null among them stands for graphs.
  "workflows" TEXT[] NOT NULL,
  "job_ids" UUID[] NOT NULL,
  "key" TEXT,
  "request_hash" TEXT,
  -- Whom to tell when all of its jobs have ended, and the sealed secret, which goes with the telling.
  "webhook" JSONB,
  "webhook_secret" BYTEA,
  -- Of those that have somebody to tell.
  "ended_at" TIMESTAMPTZ(3),
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "batch_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "batch_key" ON "batch"("tenant_id", "key");
CREATE INDEX "batch_created_at_idx" ON "batch"("created_at");
CREATE INDEX "batch_open" ON "batch"("created_at") WHERE "ended_at" IS NULL AND "webhook" IS NOT NULL;

-- What is to be told is written in the statement that notes the end, once, and goes out like a job's webhook (0140_deliveries).
CREATE FUNCTION "tell_batch"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO delivery (job_id, kind, event, wish, secret)
  VALUES (NEW.id, 'batch', 'ended', NEW.webhook, NEW.webhook_secret) ON CONFLICT DO NOTHING;
  NEW.webhook_secret := NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER "batch_ended" BEFORE UPDATE ON "batch" FOR EACH ROW
  WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL AND NEW.webhook IS NOT NULL)
  EXECUTE FUNCTION "tell_batch"();
