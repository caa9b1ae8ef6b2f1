/** The web UI's settings and files, kept per place so that it finds them whichever node serves it. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';

export interface UserFile {
  path: string;
  sizeBytes: number;
  createdAtMs: number;
  modifiedAtMs: number;
}

const filesMax = 10_000;
const settingsMax = 5_000;

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

  async saveSettings(place: string, values: ReadonlyMap<string, string>): Promise<void> {
    await this.pool.query(
      `INSERT INTO ui_setting (place, key, value) SELECT $1, * FROM unnest($2::text[], $3::text[])
       ON CONFLICT (place, key) DO UPDATE SET value = excluded.value`,
      [place, [...values.keys()], [...values.values()]],
    );
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

  /** Null when the file is there and may not be replaced, or the place has too many. */
  async write(place: string, path: string, body: Buffer, overwrite: boolean): Promise<UserFile | null> {
    const { rows } = await this.pool.query<UserFile>(
      `INSERT INTO ui_file (place, path, body) SELECT $1, $2, $3 WHERE (SELECT count(*) FROM ui_file WHERE place = $1) < ${filesMax}
       ON CONFLICT (place, path) DO ${overwrite ? 'UPDATE SET body = excluded.body, modified_at = now()' : 'NOTHING'}
       RETURNING path, length(body) AS "sizeBytes", (extract(epoch FROM created_at) * 1000)::float8 AS "createdAtMs",
         (extract(epoch FROM modified_at) * 1000)::float8 AS "modifiedAtMs"`,
      [place, path, body],
    );
    return rows[0] ?? null;
  }

  async remove(place: string, path: string): Promise<boolean> {
    const { rowCount } = await this.pool.query('DELETE FROM ui_file WHERE place = $1 AND path = $2', [
      place,
      path,
    ]);
    return (rowCount ?? 0) > 0;
  }
}
