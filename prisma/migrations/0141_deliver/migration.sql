-- Results that are brought where their caller wants them (docs/deliver.md): one row of `delivery` a file, of the kind `file`.
ALTER TABLE "job" ADD COLUMN "deliver" JSONB;
ALTER TABLE "archive"."job" ADD COLUMN "deliver" JSONB;

-- Files go through lanes of their own, four to each place: a slow place holds up itself at most.
CREATE OR REPLACE FUNCTION "enqueue_delivery"("wanted" "delivery") RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF wanted.kind = 'file' THEN
    PERFORM graphile_worker.add_job(
      'file', json_build_object('deliveryId', wanted.id), job_key => wanted.id::text,
      queue_name => 'file ' || (hashtext(split_part(COALESCE(wanted.wish->>'to', wanted.wish->'https_put'->>0), '/', 3)) & 31)
        || '.' || (hashtext(wanted.id::text) & 3),
      max_attempts => 8);
  ELSE
    PERFORM graphile_worker.add_job(
      'delivery', json_build_object('deliveryId', wanted.id), job_key => wanted.id::text,
      queue_name => 'webhook ' || (hashtext(split_part(wanted.wish->>'url', '/', 3)) & 63),
      max_attempts => CASE wanted.event WHEN 'ended' THEN 12 WHEN 'progress' THEN 1 ELSE 6 END);
  END IF;
END $$;

CREATE FUNCTION "deliver_files"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO delivery (job_id, kind, event, ordinal, wish)
  SELECT NEW.id, 'file', 'output', o.ordinal, NEW.deliver
  FROM job_output o WHERE o.job_id = NEW.id ORDER BY o.ordinal
  LIMIT COALESCE(jsonb_array_length(NEW.deliver->'https_put'), 1000)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER "job_succeeded" AFTER UPDATE ON "job" FOR EACH ROW
  WHEN (NEW.state = 'succeeded' AND OLD.state <> 'succeeded' AND NEW.deliver IS NOT NULL)
  EXECUTE FUNCTION "deliver_files"();
