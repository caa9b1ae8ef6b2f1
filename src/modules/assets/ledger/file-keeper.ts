/** Keeps what is told of files and notes for whom they count: in batches, and cheaply where nothing is limited. */
import type { Pool } from 'pg';
import { BatchWriter, type Statement } from '../../../platform/database/index.js';
import type { Fault } from '../../../platform/fault.js';
import type { NewAsset, StoredAsset } from '../domain/stored-asset.js';
import { assetRows } from '../assets.sql.js';
import type { FileQuota, Limits } from './room.js';

/** `owner`: the tenant for whom it counts; null for what is nobody's. */
export interface Kept extends NewAsset {
  owner: string | null;
  isUpload: boolean;
}

interface Unbound {
  asset: StoredAsset;
  isNoted: boolean;
}

interface Bound extends Limits {
  asset: StoredAsset;
  exhausted: FileQuota | null;
  again: boolean;
}

/** `bound`: exact under limits; `unbound`: for everybody else, and tells who has a limit. */
export interface KeepStatements {
  bound: Statement;
  unbound: Statement;
}

/** What a tenant is told for whose file there is no room. */
export type Refuse = (tenantId: string, quota: FileQuota, limits: Limits) => Fault;

export class FileKeeper {
  private readonly unbound: BatchWriter<Kept, Unbound>;
  private readonly bound: BatchWriter<Kept, Bound>;
  /** Tenants that had a limit when their last file was kept: the statements find out what has changed. */
  private readonly limited = new Set<string>();

  constructor(
    private readonly pool: Pool,
    statements: KeepStatements,
    private readonly refuse: Refuse,
  ) {
    this.unbound = new BatchWriter({ write: async (files) => this.writeUnbound(statements.unbound, files) });
    this.bound = new BatchWriter({ write: async (files) => this.writeBound(statements.bound, files) });
  }

  /** Faults: storage_full, quota_exceeded. */
  async keep(file: Kept): Promise<StoredAsset> {
    if (file.owner !== null && this.limited.has(file.owner)) return this.keepWithin(file, file.owner);
    const { asset, isNoted } = await this.unbound.put(file);
    return isNoted || file.owner === null ? asset : this.keepWithin(file, file.owner);
  }

  /**
   * A statement that waited for another's lock does not see what that one noted, and may refuse a content that is the tenant's by
   * now: what a second one says holds.
   */
  private async keepWithin(file: Kept, owner: string, refusedBefore = false): Promise<StoredAsset> {
    const { asset, exhausted, again, ...limits } = await this.bound.put(file);
    if (limits.maxStoredBytes === null && limits.maxUploadedBytesPerDay === null) this.limited.delete(owner);
    else this.limited.add(owner);
    if (exhausted === null) return asset;
    if (again || !refusedBefore) return this.keepWithin(file, owner, !again);
    throw this.refuse(owner, exhausted, limits);
  }

  private async writeUnbound(to: Statement, files: readonly Kept[]): Promise<Unbound[]> {
    type Row = StoredAsset & { isNoted: boolean };
    const { rows } = await this.pool.query<Row>({ ...to, values: [parameterOf(files)] });
    return rows.map(({ isNoted, ...asset }) => ({ asset, isNoted }));
  }

  private async writeBound(to: Statement, files: readonly Kept[]): Promise<Bound[]> {
    type Row = StoredAsset & Omit<Bound, 'asset'>;
    const { rows } = await this.pool.query<Row>({ ...to, values: [parameterOf(files)] });
    return rows.map(({ exhausted, again, maxStoredBytes, maxUploadedBytesPerDay, ...asset }) => ({
      asset,
      exhausted,
      again,
      maxStoredBytes,
      maxUploadedBytesPerDay,
    }));
  }
}

const parameterOf = (files: readonly Kept[]): string =>
  assetRows.parameter(
    files.map(({ sizeBytes, owner, isUpload, sha256, mime, blake3 }) => ({
      sha256,
      size_bytes: sizeBytes,
      mime,
      blake3,
      tenant_id: owner,
      uploaded_bytes: isUpload ? sizeBytes : 0,
    })),
  );
