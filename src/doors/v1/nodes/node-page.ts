/** A page of the registry, by name. Pure. */
import type { NodeRecord } from '../../../modules/nodes/index.js';

/** Without a limit all that is left. The cursor is the name that the page before ended with. */
export function pageOf<Record extends Pick<NodeRecord, 'id'>>(
  all: readonly Record[],
  { limit = all.length, cursor }: { limit?: number | undefined; cursor?: string | undefined },
): { records: Record[]; nextCursor: string | null } {
  const left = all
    .filter(({ id }) => cursor === undefined || id > cursor)
    .toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const records = left.slice(0, limit);
  const last = records.at(-1);
  return { records, nextCursor: last && left.length > records.length ? last.id : null };
}
