/** Rows of everything that stands around jobs, of which no type guards the columns; $1 is a job that has ended. */

const batch = (columns: string, values: string): string =>
  `INSERT INTO batch (id, tenant_id, ${columns}) VALUES (gen_random_uuid(), 'default', ${values})`;
const delivery = (columns: string, values: string, event: string): string =>
  `INSERT INTO delivery (job_id, event, ${columns}) VALUES ($1, '${event}', ${values})`;
const key = (id: string, columns: string, values: string): string =>
  `INSERT INTO api_key (id, principal_id, name, secret_hash, ${columns}) VALUES ('${id}', 'odd', 'odd', '\\x00', ${values})`;
const pass = (table: string, holder: string): string =>
  `INSERT INTO ${table} (hash, holder, expires_at) VALUES (sha256('${holder}'), '${holder}', 'infinity')`;
const holders = [
  'null',
  '5',
  '[]',
  '{}',
  '{"keyId":5}',
  '{"person":null}',
  '{"person":{"kind":"x"}}',
  '{"identity":{"subject":5}}',
  '{"loginHash":{}}',
];

export const batches: string[] = [
  batch('workflows, job_ids', `'{}', '{}'`),
  batch('workflows, job_ids', `'{NULL}', '{NULL}'`),
  batch('workflows, job_ids, created_at, ended_at', `'{}', ARRAY[$1::uuid], 'infinity', '-infinity'`),
  batch('workflows, job_ids, created_at', `'{}', ARRAY[$1::uuid], '-infinity'`),
  batch('workflows, job_ids, webhook, webhook_secret', `'{}', ARRAY[$1::uuid], '5', '\\x00'`),
  batch('workflows, job_ids, webhook', `'{}', ARRAY[$1::uuid], '{"url":5,"baseUrl":[]}'`),
];

export const deliveries: string[] = [
  delivery('kind, wish', `'odd', '{}'`, 'ended'),
  delivery('kind, wish', `'webhook', 'null'`, 'odd'),
  delivery('kind, wish, secret', `'webhook', '{"url":5}', '\\x00'`, 'ended'),
  delivery(
    'kind, wish, secret',
    `'webhook', '{"url":"http://127.0.0.1:9/","baseUrl":5,"events":5}', '\\x00'`,
    'output',
  ),
  delivery('kind, wish, ordinal', `'file', '5', -1`, 'output'),
  delivery('kind, wish, ordinal', `'file', '{"https_put":5,"convert":7}', 32767`, 'output'),
  delivery('kind, wish', `'file', '{"to":[1]}'`, 'ended'),
  delivery(
    'kind, wish, state, tries, status, reason, created_at, tried_at, delivered_at',
    `'webhook', '{}', 'odd', -1, -32768, repeat('r', 1000000), 'infinity', '-infinity', 'infinity'`,
    'started',
  ),
];

export const access: string[] = [
  `INSERT INTO principal (id, tenant_id, name, created_at) VALUES ('odd', 'default', E'\\u202e', 'infinity')`,
  key('odd00001', 'role, rights, scopes', `'emperor', '{NULL,odd}', 'null'`),
  key('odd00002', 'role, rights, scopes', `'admin', '{}', '[]'`),
  key('odd00003', 'role, rights, scopes', `'admin', '{}', '{"doors":"v1","workflows":5,"networks":{}}'`),
  key(
    'odd00004',
    'role, rights, scopes, created_at, expires_at, used_at',
    `'read', '{}', '{}', 'infinity', 'infinity', '-infinity'`,
  ),
  key('odd00005', 'role, rights, scopes, changed_at, revoked_at', `'', '{}', '5', 'infinity', '-infinity'`),
  ...holders.flatMap((holder) => [pass('login', holder), pass('token', holder)]),
  `INSERT INTO audit (known_by, tenant_id, verb, kind, request, address, request_id, status, at)
   VALUES ('odd', '', E'\\u202e', 'odd', repeat('r', 1000000), '', '', -5, 'infinity'), ('', '', '', '', '', '', '', NULL, '-infinity')`,
  `INSERT INTO usage_day (day, tenant_id, workflow, jobs, runs, gpu_ms, input_bytes, output_bytes)
   VALUES (current_date, 'default', 'nan', 9223372036854775807, -1, 'NaN', 'Infinity', '-Infinity'),
     ('infinity', 'default', 'later', 1, 1, 1, 1, 1), ('-infinity', 'default', 'before', 1, 1, 1, 1, 1)`,
];

export const files: string[] = [
  `INSERT INTO asset (sha256, size_bytes, mime, created_at) VALUES ('../odd', -1, E'a\\nb: c', '-infinity'), (repeat('0', 64), 9223372036854775807, '', 'infinity')`,
  `INSERT INTO upload (tenant_id, name, sha256, created_at) VALUES ('default', '../odd', '../odd', 'infinity'), ('default', 'gone.png', repeat('0', 64), '-infinity')`,
  `INSERT INTO asset_record (id, owner, sha256, content_type, size_bytes, tags, created_at, expires_at, file_path)
   VALUES ('00000000-0000-4000-8000-000000000001', 'default', '../odd', E'a\\nb: c', -1, '{NULL}', 'infinity', 'infinity', E'../\\n')`,
  `INSERT INTO asset_record (id, owner, sha256, content_type, size_bytes, created_at, job_id, ordinal)
   VALUES ('00000000-0000-4000-8000-000000000002', 'default', repeat('0', 64), '', 9223372036854775807, '-infinity', $1, -1)`,
  `INSERT INTO tenant_file (tenant_id, sha256, size_bytes, noted_at) VALUES ('default', '../odd', -9223372036854775808, 'infinity')`,
  `UPDATE tenant_storage SET stored_bytes = -9223372036854775808, day_uploaded_bytes = -5, day = 'infinity'`,
  `INSERT INTO tenant_stream (tenant_id, replica_id, open) VALUES ('default', gen_random_uuid(), -2147483648)`,
  `INSERT INTO fetched_url (url_hash, etag, sha256, fetched_at) VALUES ('odd', E'\\n', '../odd', 'infinity')`,
];

export const cluster: string[] = [
  `UPDATE tenant SET day = 'infinity', day_jobs = -5, day_gpu_ms = 'NaN', vstart = 'NaN', vfinish = 'NaN', max_queued = -1, max_active = -1 WHERE id = 'odd'`,
  `UPDATE tenant SET day_gpu_ms = 'NaN', vstart = 'NaN', vfinish = 'NaN', day = 'infinity' WHERE id = 'default'`,
  `UPDATE scheduler_clock SET virtual_s = 'NaN', cluster_speed = 'NaN'`,
  `INSERT INTO leader (name, replica_id, term, expires_at) VALUES ('scheduler', gen_random_uuid(), 5, 'infinity')
   ON CONFLICT (name) DO UPDATE SET replica_id = EXCLUDED.replica_id, expires_at = 'infinity'`,
  `INSERT INTO replica (id, version, host, heartbeat_at, started_at) VALUES (gen_random_uuid(), '', '', 'infinity', 'infinity'),
     (gen_random_uuid(), '', '', now() + interval '10 years', '-infinity')`,
  `INSERT INTO idempotency (tenant_id, key, job_id, request_hash, expires_at) VALUES ('default', 'odd', gen_random_uuid(), '', 'infinity')`,
  `INSERT INTO shared_work (tenant_id, hash, job_id, created_at) VALUES ('default', 'odd', gen_random_uuid(), 'infinity')`,
  `INSERT INTO template (hash, name, definition, created_at) VALUES ('odd', '', 'nonsense', 'infinity')`,
  `INSERT INTO workflow_version (hash, name, definition, source, created_at) VALUES ('odd', 'odd', '5', 'odd', 'infinity')`,
  `INSERT INTO workflow_channel (name, channel, hash, changed_at) VALUES ('odd', 'odd', 'odd', '-infinity')`,
  `INSERT INTO inventory (hash, body, created_at) VALUES ('odd', '5', 'infinity')`,
  `INSERT INTO pool (name, inventory_hash, vram_bytes, labels, seen_at) VALUES ('odd', 'odd', -1, '[]', 'infinity')`,
  `INSERT INTO node (id, url, source, state, capabilities, devices, memory, flags, breaker, breaker_until, last_seen_at, leaving_at, created_at, inventory_hash, truth_epoch, truth_ver, gpu_class)
   VALUES ('odd', 'http://127.0.0.1:1/odd', 'odd', 'odd', '[]', '5', '"x"', '{NULL,odd}', 'odd', 'infinity', 'infinity', 'infinity', '-infinity', 'odd', 2147483647, 2147483647, '')`,
  `INSERT INTO ui_owner (place, used_at) VALUES ('odd', 'infinity'), ('odder', '-infinity')`,
  `INSERT INTO ui_setting (place, key, value) VALUES ('default', 'odd', 'nonsense')`,
  `INSERT INTO ui_file (place, path, body, created_at, modified_at) VALUES ('default', '../odd', '\\x00', 'infinity', '-infinity')`,
];
