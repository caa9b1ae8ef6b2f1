import type { z } from 'zod';
import type { JobFilter } from '../../../modules/jobs/index.js';
import { readCursor } from './job-cursor.js';
import type { jobListSchema } from './jobs.schemas.js';

export function filterOf({
  cursor,
  label,
  ended_after: endedAfter,
  ...plain
}: z.infer<typeof jobListSchema>): JobFilter {
  return {
    limit: plain.limit,
    ...(plain.state && { state: plain.state }),
    ...(plain.workflow && { workflow: plain.workflow }),
    ...(plain.tenant && { tenant: plain.tenant }),
    ...(plain.door && { door: plain.door }),
    ...(plain.node && { node: plain.node }),
    ...(plain.principal && { principal: plain.principal }),
    ...((label !== undefined || plain.labels) && { labels: { ...plain.labels, ...labelsIn(label) } }),
    ...(endedAfter !== undefined && { endedAfter: new Date(endedAfter) }),
    ...(cursor && { before: readCursor(cursor) }),
  };
}

/** `key=value`; the value may have further equal signs. */
function labelsIn(label: string | undefined): Record<string, string> {
  if (label === undefined) return {};
  const at = label.indexOf('=');
  return { [label.slice(0, at)]: label.slice(at + 1) };
}
