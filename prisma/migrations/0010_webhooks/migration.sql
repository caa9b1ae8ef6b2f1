-- What follows a job from its submitter to its end: the W3C trace context it was submitted in, and whom to tell when it has ended.
ALTER TABLE "job"
  ADD COLUMN "traceparent" TEXT,
  ADD COLUMN "webhook" JSONB,
  -- Sealed; emptied by the statement that ends the job.
  ADD COLUMN "webhook_secret" BYTEA;
ALTER TABLE "archive"."job"
  ADD COLUMN "traceparent" TEXT,
  ADD COLUMN "webhook" JSONB,
  ADD COLUMN "webhook_secret" BYTEA;

-- Whichever statement ends a job, its webhook is enqueued in the same transaction, and once. Receivers are spread over 64 lanes
-- in which one delivery goes at a time: a slow receiver holds up its own lane at most.
CREATE FUNCTION "enqueue_webhook"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM graphile_worker.add_job(
    'webhook',
    json_build_object(
      'eventId', gen_random_uuid(), 'jobId', NEW.id, 'url', NEW.webhook->>'url', 'baseUrl', NEW.webhook->>'baseUrl',
      'secret', encode(NEW.webhook_secret, 'base64')),
    queue_name => 'webhook ' || (hashtext(split_part(NEW.webhook->>'url', '/', 3)) & 63),
    max_attempts => 12);
  NEW.webhook_secret := NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER "job_ended" BEFORE UPDATE ON "job" FOR EACH ROW
  WHEN (OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL AND NEW.webhook IS NOT NULL)
  EXECUTE FUNCTION "enqueue_webhook"();
