/**
 * What tenants have used. Every job is counted once whenever one asks: it is in the tables of those at work, or in the days that the
 * statement which archived it wrote; and this reads both by one statement.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { currentReach, ownedBy } from '../../../access/index.js';
import { usageRows } from './usage.sql.js';
import { finiteOr } from '../../../../platform/database/index.js';

export const usageGroups = ['tenant', 'workflow', 'day'] as const;
export type UsageGroup = (typeof usageGroups)[number];

export interface UsageQuery {
  by: readonly UsageGroup[];
  /** `YYYY-MM-DD`, both included. */
  from: string;
  to: string;
  tenant?: string | undefined;
  workflow?: string | undefined;
  /** Most rows. */
  limit: number;
}

/** Of groups that were not asked for there is none; a workflow is empty for graphs without a name. */
export interface UsageRow {
  tenant?: string;
  workflow?: string;
  day?: string;
  /** That ended. */
  jobs: number;
  /** Attempts that a node began. */
  runs: number;
  gpuMs: number;
  inputBytes: number;
  outputBytes: number;
}

const columnOf: Record<UsageGroup, string> = {
  tenant: 'tenant_id AS tenant',
  workflow: 'workflow',
  day: `to_char(day, 'YYYY-MM-DD') AS day`,
};
const sumOf = (column: string): string => `sum(${finiteOr(column, '0')})`;
const live = { job: 'job', attempt: 'attempt', output: 'job_output' };

@Injectable()
export class UsageStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** In the order of the groups; what the running request may not see is left out. */
  async read({ by, from, to, tenant, workflow, limit }: UsageQuery): Promise<UsageRow[]> {
    const groups = by.map((group) => columnOf[group]);
    const places = by.map((_, at) => at + 1).join(', ');
    const { rows } = await this.pool.query<UsageRow>(
      `SELECT ${[...groups, ''].join(', ')} sum(jobs)::float8 AS jobs, sum(runs)::float8 AS runs, ${sumOf('gpu_ms')} AS "gpuMs",
         ${sumOf('input_bytes')} AS "inputBytes", ${sumOf('output_bytes')} AS "outputBytes"
       FROM (SELECT day, tenant_id, workflow, jobs, runs, gpu_ms, input_bytes, output_bytes FROM usage_day UNION ALL ${usageRows(live)}) u
       WHERE day BETWEEN $1::date AND $2::date AND ($3::text IS NULL OR tenant_id = $3) AND ($4::text IS NULL OR workflow = $4)
         AND ${ownedBy('u', 5)}
       ${by.length === 0 ? 'HAVING count(*) > 0' : `GROUP BY ${places} ORDER BY ${places}`} LIMIT $7`,
      [from, to, tenant ?? null, workflow ?? null, ...currentReach('usage'), limit],
    );
    return rows;
  }
}
