-- What callers are told of their jobs (docs/webhooks.md), one row an event: kept for a week, listed, and sent again when asked.
-- The row lives without its job, which moves to the archive.
CREATE TABLE "delivery" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "job_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    -- Tens of percent of progress, or the place of an output among those of its job.
    "ordinal" SMALLINT NOT NULL DEFAULT 0,
    "wish" JSONB NOT NULL,
    -- Sealed.
    "secret" BYTEA,
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "tries" INTEGER NOT NULL DEFAULT 0,
    "status" SMALLINT,
    "reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "tried_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),

    CONSTRAINT "delivery_pkey" PRIMARY KEY ("id")
);
-- Whatever happens twice is told once.
CREATE UNIQUE INDEX "delivery_job_id_kind_event_ordinal_key" ON "delivery"("job_id", "kind", "event", "ordinal");
CREATE INDEX "delivery_created_at_idx" ON "delivery"("created_at");

-- Receivers are spread over 64 lanes in which one delivery goes at a time: a slow receiver holds up its own lane at most. Of one
-- delivery one task waits at most. News that soon are old are not tried for hours.
CREATE FUNCTION "enqueue_delivery"("wanted" "delivery") RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM graphile_worker.add_job(
    'delivery', json_build_object('deliveryId', wanted.id), job_key => wanted.id::text,
    queue_name => 'webhook ' || (hashtext(split_part(wanted.wish->>'url', '/', 3)) & 63),
    max_attempts => CASE wanted.event WHEN 'ended' THEN 12 WHEN 'progress' THEN 1 ELSE 6 END);
END $$;

CREATE FUNCTION "enqueue_new_delivery"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM enqueue_delivery(NEW);
  RETURN NULL;
END $$;
CREATE TRIGGER "delivery_made" AFTER INSERT ON "delivery" FOR EACH ROW EXECUTE FUNCTION "enqueue_new_delivery"();

-- Whichever statement ends a job, what is to be told of its end is written in the same transaction, and once. After the statement:
-- its outputs are there by then.
DROP TRIGGER "job_ended" ON "job";
DROP FUNCTION "enqueue_webhook"();
CREATE FUNCTION "forget_webhook_secret"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.webhook_secret := NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER "job_ending" BEFORE UPDATE ON "job" FOR EACH ROW
  WHEN (OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL AND NEW.webhook_secret IS NOT NULL)
  EXECUTE FUNCTION "forget_webhook_secret"();

CREATE FUNCTION "tell_end"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.webhook->'events' ? 'output' THEN
    INSERT INTO delivery (job_id, kind, event, ordinal, wish, secret)
    SELECT NEW.id, 'webhook', 'output', o.ordinal, NEW.webhook, OLD.webhook_secret
    FROM job_output o WHERE o.job_id = NEW.id ORDER BY o.ordinal LIMIT 100
    ON CONFLICT DO NOTHING;
  END IF;
  IF COALESCE(NEW.webhook->'events' ? 'ended', TRUE) THEN
    INSERT INTO delivery (job_id, kind, event, wish, secret)
    VALUES (NEW.id, 'webhook', 'ended', NEW.webhook, OLD.webhook_secret) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER "job_ended" AFTER UPDATE ON "job" FOR EACH ROW
  WHEN (OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL AND NEW.webhook IS NOT NULL)
  EXECUTE FUNCTION "tell_end"();

-- The start of a job's first run, and each ten percent that it comes to for the first time: nine at most, whatever a node says.
CREATE FUNCTION "tell_run"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  told RECORD;
BEGIN
  SELECT webhook, webhook_secret INTO told FROM job WHERE id = NEW.job_id AND finished_at IS NULL AND webhook ? 'events';
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  IF OLD.running_at IS NULL AND NEW.running_at IS NOT NULL AND told.webhook->'events' ? 'started' THEN
    INSERT INTO delivery (job_id, kind, event, wish, secret)
    VALUES (NEW.job_id, 'webhook', 'started', told.webhook, told.webhook_secret) ON CONFLICT DO NOTHING;
  END IF;
  IF NEW.progress >= 10 AND NEW.progress < 100 AND told.webhook->'events' ? 'progress' THEN
    INSERT INTO delivery (job_id, kind, event, ordinal, wish, secret)
    VALUES (NEW.job_id, 'webhook', 'progress', floor(NEW.progress / 10), told.webhook, told.webhook_secret) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER "attempt_runs" AFTER UPDATE ON "attempt" FOR EACH ROW
  WHEN ((OLD.running_at IS NULL AND NEW.running_at IS NOT NULL)
    OR (NEW.progress >= 10 AND NEW.progress < 100 AND floor(NEW.progress / 10) > floor(COALESCE(OLD.progress, 0) / 10)))
  EXECUTE FUNCTION "tell_run"();
