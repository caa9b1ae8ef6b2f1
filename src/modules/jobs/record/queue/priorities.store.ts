/** The priority of a job that waits, after its submit. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { statement } from '../../../../platform/database/index.js';
import { currentReach, ownedBy } from '../../../access/index.js';
import type { JobState } from '../../domain/states.js';

/**
 * The place in the queue moves by the difference of the credits: it is where the job would be, had it been submitted with that
 * priority. A place that was given by ComfyUI's number is given up with it.
 */
const change = statement(
  'change-priority',
  `UPDATE job j SET priority = $2, eff_key = eff_key + credit_s - $3, credit_s = $3
   WHERE id = $1 AND state IN ('queued', 'delayed') AND NOT cancel_requested AND ${ownedBy('j', 4)} RETURNING state`,
);

@Injectable()
export class PrioritiesStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** `creditS` is what that priority is worth. Null where no such job waits, or none in the reach of the running request. */
  async change(id: string, priority: number, creditS: number): Promise<JobState | null> {
    const values = [id, priority, creditS, ...currentReach('job')];
    const { rows } = await this.pool.query<{ state: JobState }>({ ...change, values });
    return rows[0]?.state ?? null;
  }
}
