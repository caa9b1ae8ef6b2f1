/**
 * What clients of Comfy API v2 call an asset: a name of bytes that somebody owns. Uploads have one record for each (owner,
 * hash, path), outputs of a job one each. A record of an upload keeps its bytes in storage; that of an output goes with them.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { inPages } from '../../platform/database/index.js';
import { freeing, namedByTenant } from './ledger/named-by.sql.js';

export interface AssetRecord {
  id: string;
  sha256: string;
  /** Lower-case hex; null while nobody has computed it. */
  blake3: string | null;
  filePath: string | null;
  contentType: string;
  sizeBytes: number;
  /** Null for an upload. */
  jobId: string | null;
  createdAt: Date;
  expiresAt: Date | null;
}

export interface NewUploadRecord {
  id: string;
  owner: string;
  sha256: string;
  blake3: string;
  filePath: string;
  contentType: string;
  sizeBytes: number;
  tags: readonly string[];
  expiresAt: Date | null;
}

export interface NewOutputRecord {
  id: string;
  ordinal: number;
  sha256: string;
  filePath: string;
  contentType: string;
  sizeBytes: number;
}

interface Row extends Omit<AssetRecord, 'sizeBytes'> {
  sizeBytes: string;
}

interface OutputHash {
  ordinal: number;
  blake3: string | null;
}

const columns = `id, sha256, blake3, file_path AS "filePath", content_type AS "contentType", size_bytes AS "sizeBytes",
  job_id AS "jobId", created_at AS "createdAt", expires_at AS "expiresAt"`;
/** Who names a file again may keep it longer, never shorter; what is over begins anew. */
const longer = `CASE WHEN asset_record.expires_at <= now() THEN EXCLUDED.expires_at
  ELSE NULLIF(GREATEST(COALESCE(asset_record.expires_at, 'infinity'), COALESCE(EXCLUDED.expires_at, 'infinity')), 'infinity') END`;
const alive = '(expires_at IS NULL OR expires_at > now())';

@Injectable()
export class AssetRecords {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** The record of these bytes under this path, made once; `isNew` is false for one that was there. */
  async mint(record: NewUploadRecord): Promise<{ record: AssetRecord; isNew: boolean }> {
    const { rows } = await this.pool.query<Row & { isNew: boolean }>(
      `INSERT INTO asset_record (id, owner, sha256, blake3, file_path, content_type, size_bytes, tags, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (owner, blake3, file_path) WHERE job_id IS NULL DO UPDATE SET expires_at = ${longer}
       RETURNING ${columns}, (xmax = 0) AS "isNew"`,
      [
        record.id,
        record.owner,
        record.sha256,
        record.blake3,
        record.filePath,
        record.contentType,
        record.sizeBytes,
        record.tags,
        record.expiresAt,
      ],
    );
    const [row] = rows;
    if (!row) throw new Error('an asset record was neither made nor found');
    return { record: recordOf(row), isNew: row.isNew };
  }

  /** Records for a job's outputs; those that are there stay. Answers BLAKE3 of all by their place in the job, as far as it is known. */
  async mintOutputs(
    owner: string,
    jobId: string,
    outputs: readonly NewOutputRecord[],
  ): Promise<Map<number, string>> {
    const { rows } = await this.pool.query<OutputHash>(
      `WITH made AS (
         INSERT INTO asset_record (id, owner, sha256, blake3, file_path, content_type, size_bytes, job_id, ordinal)
         SELECT o.id, $1, o.sha256, a.blake3, o.file_path, o.content_type, o.size_bytes, $2::uuid, o.ordinal
         FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::smallint[])
           AS o (id, sha256, file_path, content_type, size_bytes, ordinal)
         JOIN asset a USING (sha256)
         ON CONFLICT DO NOTHING RETURNING ordinal, blake3)
       SELECT ordinal, blake3 FROM made UNION ALL SELECT ordinal, blake3 FROM asset_record WHERE job_id = $2::uuid`,
      [
        owner,
        jobId,
        outputs.map(({ id }) => id),
        outputs.map(({ sha256 }) => sha256),
        outputs.map(({ filePath }) => filePath),
        outputs.map(({ contentType }) => contentType),
        outputs.map(({ sizeBytes }) => sizeBytes),
        outputs.map(({ ordinal }) => ordinal),
      ],
    );
    // What another replica made meanwhile is neither made here nor seen by the same statement.
    return hashesOf(rows.length < outputs.length ? await this.outputHashes(jobId) : rows);
  }

  private async outputHashes(jobId: string): Promise<OutputHash[]> {
    const { rows } = await this.pool.query<OutputHash>(
      'SELECT ordinal, blake3 FROM asset_record WHERE job_id = $1',
      [jobId],
    );
    return rows;
  }

  async find(owner: string, id: string): Promise<AssetRecord | null> {
    return this.one(`id = $2::uuid`, owner, id);
  }

  /** Those of them that are there, by their ids in lower case. */
  async findAll(owner: string, ids: readonly string[]): Promise<Map<string, AssetRecord>> {
    if (ids.length === 0) return new Map();
    const { rows } = await this.pool.query<Row>(
      `SELECT ${columns} FROM asset_record WHERE owner = $1 AND id = ANY ($2::uuid[]) AND ${alive}`,
      [owner, ids],
    );
    return new Map(rows.map((row) => [row.id, recordOf(row)]));
  }

  /** The newest upload of these bytes by this owner. */
  async findByHash(owner: string, blake3: string): Promise<AssetRecord | null> {
    return this.one('blake3 = $2', owner, blake3);
  }

  /** The newest upload under one of these paths by this owner. */
  async findByPath(owner: string, filePaths: readonly string[]): Promise<AssetRecord | null> {
    return this.one('file_path = ANY ($2::text[]) AND job_id IS NULL', owner, filePaths);
  }

  /**
   * Whether it was there. Its bytes count no more for the owner unless something else of the owner names them, or may be about to:
   * who sends them anew has noted them since.
   */
  async remove(owner: string, id: string): Promise<boolean> {
    const { rows } = await this.pool.query(
      `WITH removed AS (DELETE FROM asset_record WHERE owner = $1 AND id = $2::uuid AND ${alive} RETURNING owner, sha256, created_at),
       unnamed AS MATERIALIZED (
         SELECT f.tenant_id, f.sha256, f.noted_at FROM tenant_file f JOIN removed g ON f.tenant_id = g.owner AND f.sha256 = g.sha256
         WHERE (f.noted_at <= g.created_at OR f.noted_at < now() - interval '1 minute') AND NOT (${namedByTenant('$2::uuid')})),
       ${freeing}
       SELECT sha256 FROM removed`,
      [owner, id],
    );
    return rows.length > 0;
  }

  /** Answers how many after each page. */
  forgetExpired(page = 500): AsyncGenerator<number> {
    return inPages(page, async (limit) => {
      const { rowCount } = await this.pool.query(
        `DELETE FROM asset_record WHERE id IN (
           SELECT id FROM asset_record WHERE expires_at < now() LIMIT $1 FOR UPDATE SKIP LOCKED)`,
        [limit],
      );
      return rowCount ?? 0;
    });
  }

  private async one(
    condition: string,
    owner: string,
    value: string | readonly string[],
  ): Promise<AssetRecord | null> {
    const { rows } = await this.pool.query<Row>(
      `SELECT ${columns} FROM asset_record WHERE owner = $1 AND ${condition} AND ${alive} ORDER BY created_at DESC LIMIT 1`,
      [owner, value],
    );
    return rows[0] ? recordOf(rows[0]) : null;
  }
}

const hashesOf = (rows: readonly OutputHash[]): Map<number, string> =>
  new Map(rows.flatMap(({ ordinal, blake3 }) => (blake3 === null ? [] : [[ordinal, blake3] as const])));

const recordOf = (row: Row): AssetRecord => ({
  id: row.id,
  sha256: row.sha256,
  blake3: row.blake3,
  filePath: row.filePath,
  contentType: row.contentType,
  sizeBytes: Number(row.sizeBytes),
  jobId: row.jobId,
  createdAt: row.createdAt,
  expiresAt: row.expiresAt,
});
