/** What storage holds already of results that a node names again. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';

export interface EarlierOutput {
  sha256: string;
  sizeBytes: number;
  mime: string;
}

/** A file as a node calls it, of one node of the graph. */
export interface NamedOutput {
  nodeId: string;
  filename: string;
  subfolder: string;
  type: string;
}

@Injectable()
export class EarlierOutputs {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /**
   * The newest copy of the file from an earlier job of the very same graph and inputs that ran on the same server: a name alone
   * may have been given to another picture since its folder was emptied. Null when there is none.
   */
  async find(
    { jobId, nodeId: serverId }: { jobId: string; nodeId: string },
    { nodeId, filename, subfolder, type }: NamedOutput,
  ): Promise<EarlierOutput | null> {
    const { rows } = await this.pool.query<EarlierOutput>(
      `SELECT o.sha256, o.size_bytes::float8 AS "sizeBytes", o.mime
       FROM job_input mine, job_output o JOIN attempt a ON a.prompt_id = o.prompt_id JOIN job_input i ON i.job_id = o.job_id
       WHERE mine.job_id = $1 AND a.node_id = $2 AND o.node_id = $3 AND o.filename = $4 AND o.subfolder = $5 AND o.type = $6
         AND i.template_hash IS NOT DISTINCT FROM mine.template_hash AND i.params IS NOT DISTINCT FROM mine.params
         AND i.graph IS NOT DISTINCT FROM mine.graph AND i.assets = mine.assets
       ORDER BY o.created_at DESC LIMIT 1`,
      [jobId, serverId, nodeId, filename, subfolder, type],
    );
    return rows[0] ?? null;
  }
}
