/** The queue in numbers, by workflow and by tenant. Pure. */
import type { QueueCount } from '../../../modules/jobs/index.js';

interface Sum {
  queued: number;
  delayed: number;
  active: number;
  oldest_at: string | null;
}

/** Rows of each kind; the rest is told together as `others`. */
const rowsMax = 100;

export function queueBody(
  counts: readonly QueueCount[],
  { workflows, tenants }: { workflows?: readonly string[] | null; tenants?: readonly string[] | null } = {},
) {
  const told = counts.filter(
    ({ workflow, tenant }) =>
      (!workflows || (workflow !== null && workflows.includes(workflow))) &&
      (!tenants || tenants.includes(tenant)),
  );
  const [ofWorkflows, ofTenants] = [rowsOf(told, 'workflow'), rowsOf(told, 'tenant')];
  return {
    ...sumOf(told),
    workflows: ofWorkflows.rows.map(([workflow, sum]) => ({ workflow, ...sum })),
    other_workflows: ofWorkflows.others,
    tenants: ofTenants.rows.map(([tenant, sum]) => ({ tenant: tenant ?? '', ...sum })),
    other_tenants: ofTenants.others,
  };
}

/** Those with most jobs first. */
function rowsOf(counts: readonly QueueCount[], key: 'workflow' | 'tenant') {
  const groups = new Map<string | null, QueueCount[]>();
  for (const count of counts) {
    const group = groups.get(count[key]);
    if (group) group.push(count);
    else groups.set(count[key], [count]);
  }
  const rows = [...groups].map(([name, members]) => [name, sumOf(members)] as const);
  const sorted = rows.toSorted(([, one], [, other]) => jobsIn(other) - jobsIn(one));
  const rest = new Set(sorted.slice(rowsMax).map(([name]) => name));
  return {
    rows: sorted.slice(0, rowsMax),
    others: rest.size === 0 ? null : sumOf(counts.filter((count) => rest.has(count[key]))),
  };
}

const jobsIn = ({ queued, delayed, active }: Sum): number => queued + delayed + active;

function sumOf(counts: readonly QueueCount[]): Sum {
  const sum: Sum = { queued: 0, delayed: 0, active: 0, oldest_at: null };
  let oldestMs = Infinity;
  for (const { state, jobs, oldestAt } of counts) {
    sum[state] += jobs;
    if (state !== 'active') oldestMs = Math.min(oldestMs, oldestAt.getTime());
  }
  return { ...sum, oldest_at: Number.isFinite(oldestMs) ? new Date(oldestMs).toISOString() : null };
}
