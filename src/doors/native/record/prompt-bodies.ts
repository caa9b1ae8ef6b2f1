/** The long texts of a prompt, its graph and its extra data, a slice at a time. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { firstKnown } from '../../../modules/jobs/index.js';

export type BodyColumn = 'graph' | 'extra_data';

/** Each slice costs the database a look at the whole text. */
const sliceChars = 2_000_000;

@Injectable()
export class PromptBodies {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** Nothing for a prompt without it. Rejects when the job is forgotten on the way. */
  async *slices(jobId: string, column: BodyColumn): AsyncGenerator<string> {
    for (let from = 1; ; from += sliceChars) {
      const [row] = await firstKnown<{ slice: string | null }>(
        this.pool,
        (half) => `SELECT substr(${column}, $2, $3) AS slice FROM ${half}job_input WHERE job_id = $1`,
        [jobId, from, sliceChars],
      );
      if (row === undefined) throw new Error('a prompt was forgotten while it was being read');
      if (row.slice) yield row.slice;
      // A slice of characters has at least as many units.
      if (row.slice === null || row.slice.length < sliceChars) return;
    }
  }
}
