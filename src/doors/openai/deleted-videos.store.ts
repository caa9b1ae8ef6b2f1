/** Which videos this door tells of no more. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';

@Injectable()
export class DeletedVideos {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** Takes with it some of those whose jobs the record has forgotten since. */
  async add(jobId: string): Promise<void> {
    await this.pool.query('INSERT INTO openai_deleted (job_id) VALUES ($1) ON CONFLICT (job_id) DO NOTHING', [
      jobId,
    ]);
    await this.pool.query(
      `DELETE FROM openai_deleted WHERE job_id IN (
         SELECT d.job_id FROM openai_deleted d
         WHERE NOT EXISTS (SELECT FROM job j WHERE j.id = d.job_id) AND NOT EXISTS (SELECT FROM archive.job j WHERE j.id = d.job_id)
         ORDER BY d.deleted_at LIMIT 50)`,
    );
  }

  /** Those of `jobIds` that were deleted. */
  async among(jobIds: readonly string[]): Promise<Set<string>> {
    const { rows } = await this.pool.query<{ id: string }>(
      'SELECT job_id AS id FROM openai_deleted WHERE job_id = ANY ($1::uuid[])',
      [jobIds],
    );
    return new Set(rows.map(({ id }) => id));
  }
}
