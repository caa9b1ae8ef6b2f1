import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import type { Fault } from '../../platform/fault.js';
import { QuotaRefusals } from '../../platform/metrics/index.js';
import {
  findAsset,
  findRoom,
  findUpload,
  keep,
  keepResults,
  keepUnbound,
  keepUnboundResults,
  recordUpload,
} from './assets.sql.js';
import type { NewAsset, StoredAsset } from './domain/stored-asset.js';
import { FileKeeper, type Refuse } from './ledger/file-keeper.js';
import { type FileQuota, type Limits, noRoom, type Room } from './ledger/room.js';

/** `stem (n)extension` and what stands behind it. */
export interface NumberedName {
  stem: string;
  extension: string;
  behind: string;
}

@Injectable()
export class AssetsStore {
  private readonly kept: FileKeeper;
  private readonly results: FileKeeper;

  constructor(
    @Inject(Pool) private readonly pool: Pool,
    @Inject(QuotaRefusals) private readonly refusals: Pick<QuotaRefusals, 'count'>,
  ) {
    const refuse: Refuse = (tenantId, quota, limits) => this.noRoom(tenantId, quota, limits);
    this.kept = new FileKeeper(pool, { bound: keep, unbound: keepUnbound }, refuse);
    this.results = new FileKeeper(pool, { bound: keepResults, unbound: keepUnboundResults }, refuse);
  }

  /**
   * Keeps what a caller sent, and counts it for its owner. Renews `createdAt` of a known asset, so that it is not taken for an orphan
   * while its new reference is written. Faults: storage_full, quota_exceeded.
   */
  async keepUpload(asset: NewAsset, owner: string | null): Promise<StoredAsset> {
    return this.kept.keep({ ...asset, owner, isUpload: true });
  }

  /** The same for what is here already: nothing is sent. Fault storage_full. */
  async keepKnown(asset: NewAsset, owner: string | null): Promise<StoredAsset> {
    return this.kept.keep({ ...asset, owner, isUpload: false });
  }

  /** The same for a result of a run, which its node can give once more until the job is settled: does not wait for the disk. Fault storage_full. */
  async keepResult(asset: NewAsset, owner: string | null): Promise<StoredAsset> {
    return this.results.keep({ ...asset, owner, isUpload: false });
  }

  /** What the tenant is told, which is counted. */
  noRoom(tenantId: string, quota: FileQuota, limits: Limits): Fault {
    this.refusals.count(quota);
    return noRoom(tenantId, quota, limits);
  }

  /** What is left to a tenant; null when it has no limits. */
  async room(tenantId: string): Promise<Room | null> {
    return (await this.pool.query<Room>({ ...findRoom, values: [tenantId] })).rows[0] ?? null;
  }

  async find(sha256: string): Promise<StoredAsset | null> {
    return (await this.pool.query<StoredAsset>({ ...findAsset, values: [sha256] })).rows[0] ?? null;
  }

  /** `owner`: the tenant, where the name is kept under something else. */
  async recordUpload(tenantId: string, name: string, sha256: string, owner: string | null): Promise<void> {
    await this.pool.query({ ...recordUpload, values: [tenantId, name, sha256, owner] });
  }

  /** The newest upload of that name. */
  async findUpload(tenantId: string, name: string): Promise<StoredAsset | null> {
    const { rows } = await this.pool.query<StoredAsset>({ ...findUpload, values: [tenantId, name] });
    return rows[0] ?? null;
  }

  /**
   * The first of `name`, `stem (1).ext`, `stem (2).ext`, … that no upload has or that means these bytes already: one query,
   * however many names are taken.
   */
  async freeName(
    tenantId: string,
    { stem, extension, behind }: NumberedName,
    sha256: string,
  ): Promise<{ index: number; isKnown: boolean }> {
    const { rows } = await this.pool.query<{ index: number; isKnown: boolean }>(
      `WITH RECURSIVE tried AS (
         SELECT 0 AS index, ${newest('0')} AS sha256
         UNION ALL SELECT index + 1, ${newest('(index + 1)')} FROM tried WHERE sha256 <> $5::text)
       SELECT index, sha256 IS NOT NULL AS "isKnown" FROM tried ORDER BY index DESC LIMIT 1`,
      [tenantId, stem, extension, behind, sha256],
    );
    return rows[0] ?? { index: 0, isKnown: false };
  }

  /** Names of uploads, each once, those uploaded last first. */
  async uploadNames(tenantId: string, limit: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ name: string }>(
      'SELECT name FROM upload WHERE tenant_id = $1 GROUP BY name ORDER BY max(id) DESC LIMIT $2',
      [tenantId, limit],
    );
    return rows.map(({ name }) => name);
  }

  /**
   * Looks at `limit` uploads from the one that follows `after` and forgets those whose name means a newer one since a day, and,
   * with `unusedDays` above 0, those that are older and that no job of the record uses. `last` is null at the end.
   */
  async forgetUploads(
    unusedDays: number,
    limit: number,
    after: string,
  ): Promise<{ forgotten: number; last: string | null }> {
    const { rows } = await this.pool.query<{ forgotten: number; last: string | null }>(
      `WITH page AS (SELECT * FROM upload WHERE id > $3 ORDER BY id LIMIT $2),
       gone AS (
         DELETE FROM upload WHERE id IN (
           SELECT a.id FROM page a
           WHERE EXISTS (SELECT FROM upload u WHERE u.tenant_id = a.tenant_id AND u.name = a.name AND u.id > a.id AND u.created_at < now() - interval '1 day')
             OR $1::int > 0 AND a.created_at < now() - $1 * interval '1 day' AND ${notInputOf('')} AND ${notInputOf('archive.')})
         RETURNING id)
       SELECT (SELECT count(*)::int FROM gone) AS forgotten, (SELECT max(id) FROM page) AS last`,
      [unusedDays, limit, after],
    );
    return { forgotten: rows[0]?.forgotten ?? 0, last: rows[0]?.last ?? null };
  }

  /** Of these hashes the ones without a row. */
  async unknownAmong(hashes: readonly string[]): Promise<string[]> {
    const { rows } = await this.pool.query<{ sha256: string }>(
      `SELECT h AS sha256 FROM unnest($1::text[]) h WHERE NOT EXISTS (SELECT FROM asset a WHERE a.sha256 = h)`,
      [hashes],
    );
    return rows.map(({ sha256 }) => sha256);
  }

  /**
   * Looks at `limit` assets in the order of their hashes, from the one that follows `after`, and deletes those that are older
   * than `olderThan` and that no upload, job input or result names, in either half of the record. `last` is null at the end.
   */
  async deleteUnreferenced(
    olderThan: Date,
    limit: number,
    after = '',
  ): Promise<{ deleted: string[]; last: string | null }> {
    const { rows } = await this.pool.query<{ deleted: string[] | null; last: string | null }>(
      `WITH page AS (SELECT a.sha256, a.created_at FROM asset a WHERE a.sha256 > $3 ORDER BY a.sha256 LIMIT $2),
       gone AS (
         DELETE FROM asset WHERE created_at < $1 AND sha256 IN (
           SELECT a.sha256 FROM page a
           WHERE a.created_at < $1
             AND NOT EXISTS (SELECT FROM upload u WHERE u.sha256 = a.sha256)
             AND NOT EXISTS (SELECT FROM asset_record r WHERE r.sha256 = a.sha256 AND r.job_id IS NULL)
             AND ${notNamedIn('')} AND ${notNamedIn('archive.')})
         RETURNING sha256)
       SELECT (SELECT array_agg(sha256) FROM gone) AS deleted, (SELECT max(sha256) FROM page) AS last`,
      [olderThan, limit, after],
    );
    return { deleted: rows[0]?.deleted ?? [], last: rows[0]?.last ?? null };
  }
}

/** Of the name with this number. */
const newest = (index: string): string => `(SELECT u.sha256 FROM upload u WHERE u.tenant_id = $1
  AND u.name = $2::text || CASE WHEN ${index} = 0 THEN '' ELSE ' (' || ${index} || ')' END || $3::text || $4::text ORDER BY u.id DESC LIMIT 1)`;

/** Of one half of the record: the jobs at work, or the archive. */
type RecordHalf = '' | 'archive.';
const notInputOf = (half: RecordHalf): string =>
  `NOT EXISTS (SELECT FROM ${half}job_input i WHERE i.assets @> jsonb_build_array(jsonb_build_object('sha256', a.sha256)))`;
const notNamedIn = (half: RecordHalf): string =>
  `NOT EXISTS (SELECT FROM ${half}job_output o WHERE o.sha256 = a.sha256) AND ${notInputOf(half)}`;
