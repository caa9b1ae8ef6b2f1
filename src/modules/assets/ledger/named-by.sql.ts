/** What keeps a file for a tenant: its uploads, and its jobs in either half of the record. */
import { bigintOf } from '../../../platform/database/index.js';

type Half = { job: string; input: string; output: string; sameDay: (of: string) => string };
const halves: readonly Half[] = [
  { job: 'job', input: 'job_input', output: 'job_output', sameDay: () => '' },
  {
    job: 'archive.job',
    input: 'archive.job_input',
    output: 'archive.job_output',
    sameDay: (of) => ` AND j.day = ${of}.day`,
  },
];

const ofJobs = ({ job, input, output, sameDay }: Half): string[] => [
  `EXISTS (SELECT FROM ${output} o JOIN ${job} j ON j.id = o.job_id${sameDay('o')} WHERE o.sha256 = f.sha256 AND j.tenant_id = f.tenant_id)`,
  `EXISTS (SELECT FROM ${input} i JOIN ${job} j ON j.id = i.job_id${sameDay('i')}
     WHERE i.assets @> jsonb_build_array(jsonb_build_object('sha256', f.sha256)) AND j.tenant_id = f.tenant_id)`,
];

/** A condition on a row of `tenant_file` as `f`; `butRecord`: SQL of a record's id that does not count. */
export const namedByTenant = (butRecord?: string): string =>
  [
    `EXISTS (SELECT FROM upload u WHERE u.sha256 = f.sha256 AND COALESCE(u.owner, u.tenant_id) = f.tenant_id)`,
    `EXISTS (SELECT FROM asset_record r WHERE r.sha256 = f.sha256 AND r.owner = f.tenant_id AND r.job_id IS NULL${
      butRecord === undefined ? '' : ` AND r.id <> ${butRecord}`
    })`,
    ...halves.flatMap(ofJobs),
  ].join(' OR ');

/**
 * Takes the rows of `unnamed` (tenant_id, sha256, noted_at) from the ledger, as parts of a statement that end in `freed_files`, unless
 * they were noted again meanwhile. Locks the tenants first, in one order, as who notes files does.
 */
export const freeing = `
  locked AS MATERIALIZED (
    SELECT s.tenant_id FROM tenant_storage s WHERE s.tenant_id IN (SELECT tenant_id FROM unnamed) ORDER BY s.tenant_id FOR UPDATE),
  freed_files AS (
    DELETE FROM tenant_file f USING unnamed u, locked l
    WHERE l.tenant_id = u.tenant_id AND f.tenant_id = u.tenant_id AND f.sha256 = u.sha256 AND f.noted_at = u.noted_at
    RETURNING f.tenant_id, f.size_bytes),
  freed AS (
    UPDATE tenant_storage s SET stored_bytes = ${bigintOf('GREATEST(0, s.stored_bytes - g.bytes)')}
    FROM (SELECT tenant_id, sum(size_bytes) AS bytes FROM freed_files GROUP BY tenant_id) g WHERE s.tenant_id = g.tenant_id)`;
