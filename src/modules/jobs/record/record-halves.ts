/**
 * The record has two halves with equal tables: the jobs at work with those that ended lately, and the archive. Jobs move from
 * the first to the second and never back, so that whoever asks in this order misses none.
 */
import type { Pool, QueryResultRow } from 'pg';
import type { Statement } from '../../../platform/database/index.js';

/** What stands before a table's name. */
export type RecordHalf = '' | 'archive.';

/** Rows of one job lie in partitions of one day: naming it keeps a join from trying all others. */
export const sameDay = (half: RecordHalf, left: string, right: string): string =>
  half === '' ? '' : `AND ${left}.day = ${right}.day`;

const halves: readonly RecordHalf[] = ['', 'archive.'];

/** Rows of many jobs, by job, in their order; the archive is asked for those of which the first half has none. */
export async function knownByJob<Row>(
  ids: readonly string[],
  rowsIn: (half: RecordHalf, ids: readonly string[]) => Promise<readonly Row[]>,
  idOf: (row: Row) => string,
): Promise<Map<string, Row[]>> {
  const known = new Map<string, Row[]>();
  for (const half of halves) {
    const missing = ids.filter((id) => !known.has(id));
    if (missing.length === 0) break;
    for (const row of await rowsIn(half, missing)) {
      const rows = known.get(idOf(row));
      if (rows) rows.push(row);
      else known.set(idOf(row), [row]);
    }
  }
  return known;
}

/** The answer of the first half that knows any. */
export async function firstKnown<Row extends QueryResultRow>(
  pool: Pool,
  sqlFor: (half: RecordHalf) => string | Statement,
  values: unknown[],
): Promise<Row[]> {
  const rowsIn = async (half: RecordHalf): Promise<Row[]> => {
    const sql = sqlFor(half);
    const query = typeof sql === 'string' ? { text: sql } : sql;
    return (await pool.query<Row>({ ...query, values })).rows;
  };
  const rows = await rowsIn('');
  return rows.length > 0 ? rows : rowsIn('archive.');
}
