/** The web UI's settings and files, kept per place so that it finds them whichever node serves it. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { TenantsService } from '../../modules/access/index.js';
import { transaction } from '../../platform/database/index.js';
import { Fault } from '../../platform/fault.js';
import { QuotaRefusals } from '../../platform/metrics/index.js';

export interface UserFile {
  path: string;
  sizeBytes: number;
  createdAtMs: number;
  modifiedAtMs: number;
}

/** For whom it is kept: by which name, and whose it counts as. */
export interface UserPlace {
  place: string;
  tenantId: string;
}

type Database = Pick<Pool, 'query'>;

const filesMax = 10_000;
const settingsMax = 5_000;
/** Of one place, and of all together: pages are opened by anybody. */
const fileBytesMax = 64 * 1024 * 1024;
const settingBytesMax = 4 * 1024 * 1024;
const allBytesMax = 4 * 1024 ** 3;
const tooMuch =
  'There is no room for more: delete some files, or ask the operator (64 MiB of files and 4 MiB of settings for each browser)';

@Injectable()
export class UserDataStore {
  constructor(
    @Inject(Pool) private readonly pool: Pool,
    @Inject(TenantsService) private readonly tenants: Pick<TenantsService, 'find'>,
    @Inject(QuotaRefusals) private readonly refusals: Pick<QuotaRefusals, 'count'>,
  ) {}

  /** Values as JSON texts. */
  async settings(place: string): Promise<Map<string, string>> {
    const { rows } = await this.pool.query<{ key: string; value: string }>(
      'SELECT key, value FROM ui_setting WHERE place = $1 ORDER BY key LIMIT $2',
      [place, settingsMax],
    );
    return new Map(rows.map(({ key, value }) => [key, value]));
  }

  /** Faults: payload_too_large when the place has as much as it may, storage_full when its tenant has. */
  async saveSettings(owner: UserPlace, values: ReadonlyMap<string, string>): Promise<void> {
    await this.keep(owner, async (database) => saveAll(database, owner.place, values));
  }

  /** Once a day is often enough, unless it has become another tenant's. */
  async noteUse({ place, tenantId }: UserPlace, database: Database = this.pool): Promise<void> {
    await database.query(
      `INSERT INTO ui_owner AS o (place, tenant_id) VALUES ($1, $2) ON CONFLICT (place) DO UPDATE
       SET used_at = now(), tenant_id = excluded.tenant_id WHERE o.used_at < now() - interval '1 day' OR o.tenant_id <> excluded.tenant_id`,
      [place, tenantId],
    );
  }

  /** Forgets what places keep that were not used for so long. Resolves to how many. */
  async forgetUnused(days: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `WITH gone AS (DELETE FROM ui_owner WHERE used_at < now() - $1 * interval '1 day' RETURNING place),
       files AS (DELETE FROM ui_file f USING gone WHERE f.place = gone.place),
       settings AS (DELETE FROM ui_setting s USING gone WHERE s.place = gone.place)
       SELECT place FROM gone`,
      [days],
    );
    return rowCount ?? 0;
  }

  /** Of those below `folder` (empty for all), by path. */
  async list(place: string, folder: string): Promise<UserFile[]> {
    const { rows } = await this.pool.query<UserFile>(
      `SELECT path, length(body) AS "sizeBytes", (extract(epoch FROM created_at) * 1000)::float8 AS "createdAtMs",
         (extract(epoch FROM modified_at) * 1000)::float8 AS "modifiedAtMs"
       FROM ui_file WHERE place = $1 AND starts_with(path, $2) ORDER BY path LIMIT $3`,
      [place, folder === '' ? '' : `${folder}/`, filesMax],
    );
    return rows;
  }

  async read(place: string, path: string): Promise<Buffer | null> {
    const { rows } = await this.pool.query<{ body: Buffer }>(
      'SELECT body FROM ui_file WHERE place = $1 AND path = $2',
      [place, path],
    );
    return rows[0]?.body ?? null;
  }

  /** Null when the file is there and may not be replaced. Faults as of `saveSettings`. */
  async write(owner: UserPlace, path: string, body: Buffer, overwrite: boolean): Promise<UserFile | null> {
    return this.keep(owner, async (database) =>
      write(database, { place: owner.place, path, body }, overwrite),
    );
  }

  /** `missing` when there is no such file, null when the other is there and may not be replaced. */
  async move(
    owner: UserPlace,
    { from, into }: { from: string; into: string },
    overwrite: boolean,
  ): Promise<UserFile | null | 'missing'> {
    const { place } = owner;
    const body = await this.read(place, from);
    if (body === null) return 'missing';
    if (from === into) return null;
    return this.keep(owner, async (database) => {
      const written = await write(database, { place, path: into, body }, overwrite);
      if (written) await remove(database, place, from);
      return written;
    });
  }

  async remove(place: string, path: string): Promise<boolean> {
    return remove(this.pool, place, path);
  }

  /**
   * Runs `change` unless the tenant has more by it than it may: exactly, since no other replica's counts while this one does. What makes it
   * less is kept even where it is too much still. A tenant without a limit costs nothing. Fault storage_full.
   */
  private async keep<T>(owner: UserPlace, change: (database: Database) => Promise<T>): Promise<T> {
    const limit = this.tenants.find(owner.tenantId)?.maxUserDataBytes ?? null;
    if (limit === null) {
      const changed = await change(this.pool);
      await this.noteUse(owner);
      return changed;
    }
    return transaction(this.pool, async (client) => {
      await client.query(`SELECT pg_advisory_xact_lock(hashtext('comfymux user data'), hashtext($1))`, [
        owner.tenantId,
      ]);
      await this.noteUse(owner, client);
      const before = await keptBytes(client, owner.tenantId);
      const changed = await change(client);
      const after = await keptBytes(client, owner.tenantId);
      if (after > limit && after > before) throw this.noRoom(owner.tenantId, limit);
      return changed;
    });
  }

  private noRoom(tenantId: string, limit: number): Fault {
    this.refusals.count('user_data_bytes');
    return new Fault(
      'storage_full',
      `tenant "${tenantId}" has no room for this: the web UI may keep ${limit} bytes of settings and files for it`,
      { quota: 'user_data_bytes', limit },
    );
  }
}

/** Of settings and files of all its places. */
async function keptBytes(database: Database, tenantId: string): Promise<number> {
  const { rows } = await database.query<{ bytes: number }>(
    `SELECT (SELECT COALESCE(sum(octet_length(f.body)), 0) FROM ui_owner o JOIN ui_file f ON f.place = o.place WHERE o.tenant_id = $1)::float8
       + (SELECT COALESCE(sum(octet_length(s.key) + octet_length(s.value)), 0) FROM ui_owner o JOIN ui_setting s ON s.place = o.place
          WHERE o.tenant_id = $1)::float8 AS bytes`,
    [tenantId],
  );
  return rows[0]?.bytes ?? 0;
}

async function saveAll(
  database: Database,
  place: string,
  values: ReadonlyMap<string, string>,
): Promise<void> {
  const { rowCount } = await database.query(
    `INSERT INTO ui_setting (place, key, value) SELECT $1, * FROM unnest($2::text[], $3::text[])
     WHERE (SELECT COALESCE(sum(octet_length(key) + octet_length(value)), 0) FROM ui_setting WHERE place = $1 AND key <> ALL ($2::text[]))
         + $4 <= ${settingBytesMax} AND pg_total_relation_size('ui_setting') < ${allBytesMax}
     ON CONFLICT (place, key) DO UPDATE SET value = excluded.value`,
    [place, [...values.keys()], [...values.values()], bytesOf(values)],
  );
  if (values.size > 0 && rowCount === 0) throw new Fault('payload_too_large', tooMuch);
}

async function write(
  database: Database,
  { place, path, body }: { place: string; path: string; body: Buffer },
  overwrite: boolean,
): Promise<UserFile | null> {
  const { rows } = await database.query<UserFile>(
    `INSERT INTO ui_file (place, path, body) SELECT $1, $2, $3
     WHERE (SELECT count(*) < ${filesMax} AND COALESCE(sum(octet_length(body)), 0) + octet_length($3::bytea) <= ${fileBytesMax}
         FROM ui_file WHERE place = $1 AND path <> $2) AND pg_total_relation_size('ui_file') < ${allBytesMax}
     ON CONFLICT (place, path) DO ${overwrite ? 'UPDATE SET body = excluded.body, modified_at = now()' : 'NOTHING'}
     RETURNING path, length(body) AS "sizeBytes", (extract(epoch FROM created_at) * 1000)::float8 AS "createdAtMs",
       (extract(epoch FROM modified_at) * 1000)::float8 AS "modifiedAtMs"`,
    [place, path, body],
  );
  const [written] = rows;
  if (!written && (overwrite || !(await has(database, place, path))))
    throw new Fault('payload_too_large', tooMuch);
  return written ?? null;
}

async function has(database: Database, place: string, path: string): Promise<boolean> {
  const { rowCount } = await database.query('SELECT 1 FROM ui_file WHERE place = $1 AND path = $2', [
    place,
    path,
  ]);
  return (rowCount ?? 0) > 0;
}

async function remove(database: Database, place: string, path: string): Promise<boolean> {
  const { rowCount } = await database.query('DELETE FROM ui_file WHERE place = $1 AND path = $2', [
    place,
    path,
  ]);
  return (rowCount ?? 0) > 0;
}

const bytesOf = (values: ReadonlyMap<string, string>): number =>
  [...values].reduce((bytes, [key, value]) => bytes + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
