import { msBetween } from '../../../../platform/database/index.js';

/** How long an attempt as `a` had its node's GPU by what was seen of it, as it is closed: for a node that does not tell. */
export const seenGpuMs = `CASE WHEN a.running_at IS NULL THEN 0
      ELSE LEAST(2147483647, GREATEST(0, ${msBetween('a.running_at', 'COALESCE(a.collecting_at, now())')}))::int END`;
