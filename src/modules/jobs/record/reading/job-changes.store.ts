/**
 * Which jobs changed since a time, by the times that the record itself keeps: made, placed, moved, given back, ended. What a
 * statement wrote is seen only after its commit, so that a reader asks again a little further back than where it was.
 * A pause that is over leaves no time behind; whoever follows a delayed job looks at it again.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { statement } from '../../../../platform/database/index.js';

export interface JobChange {
  id: string;
  /** By the clock of the database. */
  atMs: number;
}

export interface JobChanges {
  /** By the clock of the database, before the changes were read. */
  readAtMs: number;
  /** One entry per job, the newest; `limit` of each kind of change at most. */
  changes: JobChange[];
}

const moved = 'greatest(created_at, sending_at, accepted_at, running_at, collecting_at)';
const changesSince = statement(
  'job-changes',
  `SELECT id, (extract(epoch FROM max(at)) * 1000)::float8 AS "atMs" FROM (
     (SELECT id, created_at AS at FROM job WHERE created_at >= to_timestamp($1::float8 / 1000) ORDER BY created_at DESC LIMIT $2)
     UNION ALL
     (SELECT id, finished_at FROM job WHERE finished_at >= to_timestamp($1::float8 / 1000) ORDER BY finished_at DESC LIMIT $2)
     UNION ALL
     (SELECT job_id, closed_at FROM attempt
      WHERE closed_at >= to_timestamp($1::float8 / 1000) AND outcome <> 'ok' ORDER BY closed_at DESC LIMIT $2)
     UNION ALL
     SELECT job_id, ${moved} FROM attempt WHERE closed_at IS NULL AND ${moved} >= to_timestamp($1::float8 / 1000)) c
   GROUP BY id`,
);

@Injectable()
export class JobChangesStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** The time by the clock of the database. */
  async nowMs(): Promise<number> {
    const { rows } = await this.pool.query<{ nowMs: number }>(
      `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMs"`,
    );
    return Math.floor(rows[0]?.nowMs ?? 0);
  }

  async since(fromMs: number, limit: number): Promise<JobChanges> {
    const readAtMs = await this.nowMs();
    const { rows } = await this.pool.query<JobChange>({ ...changesSince, values: [fromMs, limit] });
    return { readAtMs, changes: rows };
  }
}
