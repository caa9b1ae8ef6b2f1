/** The web UI's settings and files, kept per place so that it finds them whichever node serves it. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { Fault } from '../../platform/fault.js';

export interface UserFile {
  path: string;
  sizeBytes: number;
  createdAtMs: number;
  modifiedAtMs: number;
}

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
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** Values as JSON texts. */
  async settings(place: string): Promise<Map<string, string>> {
    const { rows } = await this.pool.query<{ key: string; value: string }>(
      'SELECT key, value FROM ui_setting WHERE place = $1 ORDER BY key LIMIT $2',
      [place, settingsMax],
    );
    return new Map(rows.map(({ key, value }) => [key, value]));
  }

  /** Fault payload_too_large when the place has as much as it may. */
  async saveSettings(place: string, values: ReadonlyMap<string, string>): Promise<void> {
    const { rowCount } = await this.pool.query(
      `INSERT INTO ui_setting (place, key, value) SELECT $1, * FROM unnest($2::text[], $3::text[])
       WHERE (SELECT COALESCE(sum(octet_length(key) + octet_length(value)), 0) FROM ui_setting WHERE place = $1 AND key <> ALL ($2::text[]))
           + $4 <= ${settingBytesMax} AND pg_total_relation_size('ui_setting') < ${allBytesMax}
       ON CONFLICT (place, key) DO UPDATE SET value = excluded.value`,
      [place, [...values.keys()], [...values.values()], bytesOf(values)],
    );
    if (values.size > 0 && rowCount === 0) throw new Fault('payload_too_large', tooMuch);
    await this.noteUse(place);
  }

  /** Once a day is often enough. */
  async noteUse(place: string): Promise<void> {
    await this.pool.query(
      `INSERT INTO ui_owner AS o (place) VALUES ($1)
       ON CONFLICT (place) DO UPDATE SET used_at = now() WHERE o.used_at < now() - interval '1 day'`,
      [place],
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

  /** Null when the file is there and may not be replaced. Fault payload_too_large when the place has as much as it may. */
  async write(place: string, path: string, body: Buffer, overwrite: boolean): Promise<UserFile | null> {
    const { rows } = await this.pool.query<UserFile>(
      `INSERT INTO ui_file (place, path, body) SELECT $1, $2, $3
       WHERE (SELECT count(*) < ${filesMax} AND COALESCE(sum(octet_length(body)), 0) + octet_length($3::bytea) <= ${fileBytesMax}
           FROM ui_file WHERE place = $1 AND path <> $2) AND pg_total_relation_size('ui_file') < ${allBytesMax}
       ON CONFLICT (place, path) DO ${overwrite ? 'UPDATE SET body = excluded.body, modified_at = now()' : 'NOTHING'}
       RETURNING path, length(body) AS "sizeBytes", (extract(epoch FROM created_at) * 1000)::float8 AS "createdAtMs",
         (extract(epoch FROM modified_at) * 1000)::float8 AS "modifiedAtMs"`,
      [place, path, body],
    );
    const [written] = rows;
    if (!written && (overwrite || !(await this.has(place, path))))
      throw new Fault('payload_too_large', tooMuch);
    await this.noteUse(place);
    return written ?? null;
  }

  private async has(place: string, path: string): Promise<boolean> {
    const { rowCount } = await this.pool.query('SELECT 1 FROM ui_file WHERE place = $1 AND path = $2', [
      place,
      path,
    ]);
    return (rowCount ?? 0) > 0;
  }

  async remove(place: string, path: string): Promise<boolean> {
    const { rowCount } = await this.pool.query('DELETE FROM ui_file WHERE place = $1 AND path = $2', [
      place,
      path,
    ]);
    return (rowCount ?? 0) > 0;
  }
}

const bytesOf = (values: ReadonlyMap<string, string>): number =>
  [...values].reduce((bytes, [key, value]) => bytes + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
