/** What a job was asked to be, for asking the same again; and which jobs are still to end, for ending many. */
import { assetsIn, labelsIn } from '../stored-values.js';
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { currentReach, ownedBy } from '../../../access/index.js';
import { type ShortTexts, shortTextsOf, withLongTexts } from '../long-texts.js';
import { firstKnown, type RecordHalf } from '../record-halves.js';
import { type Statement, statement } from '../../../../platform/database/index.js';

export interface JobOrder {
  tenantId: string;
  priority: number;
  labels: Record<string, string> | null;
  workflow: string | null;
  /** The version of that workflow. */
  templateHash: string | null;
  /** JSON as it was stored, of a named workflow's inputs. */
  params: string | null;
  /** JSON as it was stored, of a job that names no workflow. */
  graph: string | null;
  extraData: string | null;
  assets: { node: string; field: string; sha256: string }[];
}

export interface OpenJobsFilter {
  tenant?: string | undefined;
  workflow?: string | undefined;
  state?: 'queued' | 'delayed' | 'active' | undefined;
}

const orderIn = (half: RecordHalf): Statement =>
  statement(
    half === '' ? 'job-order' : 'job-order-archived',
    `SELECT j.tenant_id AS "tenantId", j.priority, j.labels, j.workflow, i.template_hash AS "templateHash", i.assets,
       ${shortTextsOf(['graph', 'params', 'extra_data'])}
     FROM ${half}job j JOIN ${half}job_input i ON i.job_id = j.id WHERE j.id = $1 AND ${ownedBy('j', 2)}`,
  );

@Injectable()
export class JobOrderStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** Null too for what the running request must not see. */
  async find(jobId: string): Promise<JobOrder | null> {
    const [row] = await firstKnown<ShortTexts<JobOrder>>(this.pool, orderIn, [
      jobId,
      ...currentReach('content'),
    ]);
    if (row === undefined) return null;
    const order = await withLongTexts<JobOrder>(this.pool, jobId, row);
    return { ...order, labels: labelsIn(order.labels), assets: assetsIn(order.assets) };
  }

  /** Jobs that have not ended and were not asked to; those that wait first, for they end at once. */
  async open({ tenant, workflow, state }: OpenJobsFilter, limit: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      `SELECT id FROM job WHERE state IN ('queued', 'delayed', 'active') AND NOT cancel_requested
         AND ($1::text IS NULL OR tenant_id = $1) AND ($2::text IS NULL OR workflow = $2) AND ($3::job_state IS NULL OR state = $3)
       ORDER BY state, id LIMIT $4`,
      [tenant ?? null, workflow ?? null, state ?? null, limit],
    );
    return rows.map(({ id }) => id);
  }
}
