-- Apart from the tables: it reads the inputs and results of all jobs, and holds up nobody meanwhile.

-- Uploads of the native door are named for a browser; its jobs tell whose it is. The others were everybody's, as `default` is.
UPDATE "upload" u SET "owner" = COALESCE(p.tenant_id, 'default')
FROM "upload" n LEFT JOIN (
  SELECT DISTINCT ON (place) 'native:' || left(encode(sha256(convert_to(place, 'UTF8')), 'hex'), 32) AS scope, j.tenant_id
  FROM (SELECT job_id, place, ticket FROM "job_prompt" UNION ALL SELECT job_id, place, ticket FROM archive."job_prompt") q
  JOIN (SELECT id, tenant_id FROM "job" UNION ALL SELECT id, tenant_id FROM archive."job") j ON j.id = q.job_id
  ORDER BY place, ticket DESC) p ON p.scope = n.tenant_id
WHERE n.id = u.id AND u.tenant_id LIKE 'native:%' AND u.tenant_id <> 'native:nodes';

-- What is kept today. Input files that operators put on nodes are nobody's.
INSERT INTO "tenant_file" ("tenant_id", "sha256", "size_bytes")
SELECT t.id, a.sha256, a.size_bytes
FROM (
  SELECT COALESCE(u.owner, u.tenant_id) AS tenant_id, u.sha256 FROM "upload" u
  UNION SELECT r.owner, r.sha256 FROM "asset_record" r WHERE r.job_id IS NULL
  UNION SELECT j.tenant_id, o.sha256 FROM "job_output" o JOIN "job" j ON j.id = o.job_id
  UNION SELECT j.tenant_id, o.sha256 FROM archive."job_output" o JOIN archive."job" j ON j.id = o.job_id AND j.day = o.day
  UNION SELECT j.tenant_id, e->>'sha256' FROM "job_input" i JOIN "job" j ON j.id = i.job_id, jsonb_array_elements(i.assets) e
    WHERE NOT EXISTS (SELECT FROM "upload" n WHERE n.sha256 = e->>'sha256' AND n.tenant_id = 'native:nodes')
  UNION SELECT j.tenant_id, e->>'sha256' FROM archive."job_input" i JOIN archive."job" j ON j.id = i.job_id AND j.day = i.day, jsonb_array_elements(i.assets) e
    WHERE NOT EXISTS (SELECT FROM "upload" n WHERE n.sha256 = e->>'sha256' AND n.tenant_id = 'native:nodes')
) named JOIN "tenant" t ON t.id = named.tenant_id JOIN "asset" a ON a.sha256 = named.sha256;

UPDATE "tenant_storage" s SET "stored_bytes" = f.bytes
FROM (SELECT tenant_id, sum(size_bytes) AS bytes FROM "tenant_file" GROUP BY tenant_id) f WHERE f.tenant_id = s.tenant_id;
