/** The statements on assets that come with every job. */
import { bigintOf, relaxed, rowsOf, statement } from '../../platform/database/index.js';

export const assetColumns = `a.sha256, a.size_bytes::float8 AS "sizeBytes", a.mime, a.blake3, a.created_at AS "createdAt"`;

/** `tenant_id`: for whom the file counts, null for nobody; `uploaded_bytes`: what it is of what a tenant sends in a day, 0 for a result. */
export const assetRows = rowsOf({
  sha256: 'text',
  size_bytes: 'float8',
  mime: 'text',
  blake3: 'text',
  tenant_id: 'text',
  uploaded_bytes: 'float8',
});

/** Of a row `s` of `tenant_storage`. Days are UTC's. A row may be of the day after: a statement's time is that of its beginning. */
const today = `(now() AT TIME ZONE 'UTC')::date`;
export const ofToday = (column: string): string => `CASE WHEN s.day >= ${today} THEN s.${column} ELSE 0 END`;

/** What `spent` says of a tenant is added to its row. */
const spending = `stored_bytes = ${bigintOf('s.stored_bytes::numeric + spent.stored')}, day = GREATEST(s.day, ${today}),
      day_uploaded_bytes = ${ofToday('day_uploaded_bytes')} + spent.uploaded`;

/**
 * Keeps assets, of equal ones the first, and notes each once for its tenant as long as there is room: the first that fit, in the
 * order in which they came. Every row is answered, one that was not noted with the quota in its way; `again`: it may fit after all, since
 * what was refused before it counted. The bytes of one that was refused are an orphan, for the janitor.
 *
 * Locks the tenants first and then their files, each in one order, until the commit: no other replica's statement has the same room.
 * What others noted before they let go is seen by the conflict, whatever this statement's snapshot says; a refusal holds only when it is
 * given twice, since `known` does not see it.
 */
const keepText = (parts: string, from: string): string => `WITH ${parts}
  rows AS MATERIALIZED (SELECT w.* FROM ${assetRows.table}${from}),
  locked AS MATERIALIZED (
    SELECT s.tenant_id, t.max_stored_bytes, t.max_uploaded_bytes_per_day, t.max_stored_bytes - s.stored_bytes AS room,
      t.max_uploaded_bytes_per_day - ${ofToday('day_uploaded_bytes')} AS day_room
    FROM tenant_storage s JOIN tenant t ON t.id = s.tenant_id WHERE s.tenant_id IN (SELECT tenant_id FROM rows) ORDER BY s.tenant_id FOR UPDATE OF s),
  given AS MATERIALIZED (SELECT r.*, l.max_stored_bytes, l.max_uploaded_bytes_per_day, l.room, l.day_room, l.tenant_id IS NOT NULL AS counts
    FROM rows r LEFT JOIN locked l ON l.tenant_id = r.tenant_id),
  known AS (
    UPDATE tenant_file f SET noted_at = now() FROM given g WHERE g.counts AND f.tenant_id = g.tenant_id AND f.sha256 = g.sha256
    RETURNING f.tenant_id, f.sha256),
  marked AS (
    SELECT g.*, k.sha256 IS NOT NULL AS is_known,
      CASE WHEN k.sha256 IS NULL AND row_number() OVER (PARTITION BY g.tenant_id, g.sha256 ORDER BY g.ord) = 1 THEN g.size_bytes ELSE 0 END AS new_bytes
    FROM given g LEFT JOIN known k ON k.tenant_id = g.tenant_id AND k.sha256 = g.sha256),
  summed AS MATERIALIZED (
    SELECT m.*, sum(m.new_bytes) OVER sofar AS stored_sum, sum(m.uploaded_bytes) OVER sofar AS uploaded_sum
    FROM marked m WINDOW sofar AS (PARTITION BY m.tenant_id ORDER BY m.ord ROWS UNBOUNDED PRECEDING)),
  fitting AS MATERIALIZED (
    SELECT * FROM summed WHERE counts AND (is_known OR room IS NULL OR stored_sum <= room)
      AND (uploaded_bytes = 0 OR day_room IS NULL OR uploaded_sum <= day_room)),
  noted AS (
    INSERT INTO tenant_file (tenant_id, sha256, size_bytes)
    SELECT DISTINCT ON (tenant_id, sha256) tenant_id, sha256, size_bytes::bigint FROM fitting WHERE NOT is_known ORDER BY tenant_id, sha256
    ON CONFLICT (tenant_id, sha256) DO UPDATE SET noted_at = now() RETURNING tenant_id, size_bytes, xmax = 0 AS is_new),
  spent AS MATERIALIZED (
    SELECT tenant_id, sum(stored) AS stored, sum(uploaded) AS uploaded FROM (
      SELECT tenant_id, size_bytes AS stored, 0 AS uploaded FROM noted WHERE is_new
      UNION ALL SELECT tenant_id, 0, uploaded_bytes FROM fitting) each GROUP BY tenant_id),
  charged AS (
    UPDATE tenant_storage s SET ${spending}
    FROM spent WHERE s.tenant_id = spent.tenant_id AND (spent.stored > 0 OR spent.uploaded > 0)),
  wanted AS MATERIALIZED (SELECT DISTINCT ON (sha256) * FROM given ORDER BY sha256, ord),
  kept AS (
    INSERT INTO asset AS a (sha256, size_bytes, mime, blake3) SELECT sha256, size_bytes::bigint, mime, blake3 FROM wanted ORDER BY sha256
    ON CONFLICT (sha256) DO UPDATE SET created_at = now(), blake3 = COALESCE(excluded.blake3, a.blake3) RETURNING a.*)
  SELECT ${assetColumns}, CASE WHEN NOT m.counts OR f.ord IS NOT NULL THEN NULL
      WHEN m.is_known OR m.room IS NULL OR m.stored_sum <= m.room THEN 'uploaded_bytes_per_day' ELSE 'stored_bytes' END AS exhausted,
    (m.is_known OR m.room IS NULL OR COALESCE(s.stored, 0) + m.size_bytes <= m.room)
      AND (m.uploaded_bytes = 0 OR m.day_room IS NULL OR COALESCE(s.uploaded, 0) + m.uploaded_bytes <= m.day_room) AS again,
    m.max_stored_bytes AS "maxStoredBytes", m.max_uploaded_bytes_per_day AS "maxUploadedBytesPerDay"
  FROM summed m JOIN kept a ON a.sha256 = m.sha256 LEFT JOIN fitting f ON f.ord = m.ord LEFT JOIN spent s ON s.tenant_id = m.tenant_id
  ORDER BY m.ord`;

export const keep = statement('asset-keep', keepText('', ''));
/** What a crash undoes nothing names: the settle that names it waits for the disk, and for all that was written before it. */
export const keepResults = statement('asset-keep-results', keepText(`${relaxed},`, ', relaxed'));

/**
 * The same for tenants without any limit, at a third of the cost: all of it fits. The files of others are kept and not noted
 * (`isNoted`): those statements are for them. Locks in the same order.
 */
const keepUnboundText = (parts: string, from: string): string => `WITH ${parts}
  rows AS MATERIALIZED (SELECT w.* FROM ${assetRows.table}${from}),
  locked AS MATERIALIZED (
    SELECT s.tenant_id FROM tenant_storage s JOIN tenant t ON t.id = s.tenant_id
    WHERE s.tenant_id = ANY (ARRAY(SELECT tenant_id FROM rows)) AND t.max_stored_bytes IS NULL AND t.max_uploaded_bytes_per_day IS NULL
    ORDER BY s.tenant_id FOR UPDATE OF s),
  given AS MATERIALIZED (SELECT r.*, l.tenant_id IS NOT NULL AS counts FROM rows r LEFT JOIN locked l ON l.tenant_id = r.tenant_id),
  noted AS (
    INSERT INTO tenant_file (tenant_id, sha256, size_bytes)
    SELECT DISTINCT ON (tenant_id, sha256) tenant_id, sha256, size_bytes::bigint FROM given WHERE counts ORDER BY tenant_id, sha256
    ON CONFLICT (tenant_id, sha256) DO UPDATE SET noted_at = now() RETURNING tenant_id, size_bytes, xmax = 0 AS is_new),
  charged AS (
    UPDATE tenant_storage s SET ${spending}
    FROM (SELECT tenant_id, sum(stored) AS stored, sum(uploaded) AS uploaded FROM (
      SELECT tenant_id, size_bytes AS stored, 0 AS uploaded FROM noted WHERE is_new
      UNION ALL SELECT tenant_id, 0, uploaded_bytes FROM given WHERE counts AND uploaded_bytes > 0) each GROUP BY tenant_id) spent
    WHERE s.tenant_id = spent.tenant_id),
  kept AS (
    INSERT INTO asset AS a (sha256, size_bytes, mime, blake3) SELECT DISTINCT ON (sha256) sha256, size_bytes::bigint, mime, blake3 FROM given ORDER BY sha256, ord
    ON CONFLICT (sha256) DO UPDATE SET created_at = now(), blake3 = COALESCE(excluded.blake3, a.blake3) RETURNING a.*)
  SELECT ${assetColumns}, g.counts OR g.tenant_id IS NULL AS "isNoted" FROM given g JOIN kept a ON a.sha256 = g.sha256 ORDER BY g.ord`;

export const keepUnbound = statement('asset-keep-unbound', keepUnboundText('', ''));
export const keepUnboundResults = statement(
  'asset-keep-unbound-results',
  keepUnboundText(`${relaxed},`, ', relaxed'),
);

/** What is left to a tenant; null: no limit. */
export const findRoom = statement(
  'asset-room',
  `SELECT t.max_stored_bytes AS "maxStoredBytes", t.max_stored_bytes - s.stored_bytes AS "storedBytes",
     t.max_uploaded_bytes_per_day AS "maxUploadedBytesPerDay", t.max_uploaded_bytes_per_day - ${ofToday('day_uploaded_bytes')} AS "uploadedBytesPerDay"
   FROM tenant t JOIN tenant_storage s ON s.tenant_id = t.id WHERE t.id = $1 AND (t.max_stored_bytes IS NOT NULL OR t.max_uploaded_bytes_per_day IS NOT NULL)`,
);

export const findAsset = statement('asset', `SELECT ${assetColumns} FROM asset a WHERE a.sha256 = $1`);

/** The newest of that name. */
export const findUpload = statement(
  'asset-upload',
  `SELECT ${assetColumns} FROM upload u JOIN asset a ON a.sha256 = u.sha256
   WHERE u.tenant_id = $1 AND u.name = $2 ORDER BY u.id DESC LIMIT 1`,
);
export const recordUpload = statement(
  'asset-record-upload',
  'INSERT INTO upload (tenant_id, name, sha256, owner) VALUES ($1, $2, $3, $4)',
);
