/** The statements on assets that come with every job. */
import { relaxed, rowsOf, statement } from '../../platform/database/index.js';

export const assetColumns = `a.sha256, a.size_bytes::float8 AS "sizeBytes", a.mime, a.blake3, a.created_at AS "createdAt"`;

export const assetRows = rowsOf({ sha256: 'text', size_bytes: 'float8', mime: 'text', blake3: 'text' });

/** Of equal files the first counts; locked in one order. */
const rememberText = (parts: string, from: string): string => `WITH ${parts}
  wanted AS MATERIALIZED (SELECT DISTINCT ON (w.sha256) w.* FROM ${assetRows.table}${from} ORDER BY w.sha256, w.ord)
  INSERT INTO asset AS a (sha256, size_bytes, mime, blake3) SELECT sha256, size_bytes::bigint, mime, blake3 FROM wanted ORDER BY sha256
  ON CONFLICT (sha256) DO UPDATE SET created_at = now(), blake3 = COALESCE(excluded.blake3, a.blake3) RETURNING ${assetColumns}`;

export const remember = statement('asset-remember', rememberText('', ''));
/** What a crash undoes nothing names: the settle that names it waits for the disk, and for all that was written before it. */
export const rememberResults = statement('asset-remember-results', rememberText(`${relaxed},`, ', relaxed'));

export const findAsset = statement('asset', `SELECT ${assetColumns} FROM asset a WHERE a.sha256 = $1`);

/** The newest of that name. */
export const findUpload = statement(
  'asset-upload',
  `SELECT ${assetColumns} FROM upload u JOIN asset a ON a.sha256 = u.sha256
   WHERE u.tenant_id = $1 AND u.name = $2 ORDER BY u.id DESC LIMIT 1`,
);
export const recordUpload = statement(
  'asset-record-upload',
  'INSERT INTO upload (tenant_id, name, sha256) VALUES ($1, $2, $3)',
);
