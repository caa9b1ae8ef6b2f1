/**
 * Texts of what a job was asked with, which may have megabytes. The client decodes a text in one piece, some 4 ms a megabyte where it
 * is not Latin: what is long is left out of a statement and comes a slice at a time, with turns of others in between.
 */
import type { Pool } from 'pg';
import { firstKnown } from './record-halves.js';

export type InputColumn = 'graph' | 'params' | 'extra_data';

const names = { graph: 'graph', params: 'params', extra_data: 'extraData' } as const;

/** A statement may read some dozens of jobs at once. */
const shortBytes = 262_144;
/** Each slice costs the database a look at the whole text. */
const sliceChars = 500_000;

/** Of `job_input i`: `graph`, `params` and so on, null where it is long, and which ones are. */
export const shortTextsOf = (columns: readonly InputColumn[]): string =>
  [
    ...columns.map(
      (column) =>
        `CASE WHEN octet_length(i.${column}) <= ${shortBytes} THEN i.${column} END AS "${names[column]}"`,
    ),
    `array_remove(ARRAY[${columns
      .map((column) => `CASE WHEN octet_length(i.${column}) > ${shortBytes} THEN '${column}' END`)
      .join(', ')}], NULL) AS "longTexts"`,
  ].join(', ');

/** A row of such a statement. */
export type ShortTexts<Row> = Row & { longTexts: InputColumn[] };

/** The row with what was left out. */
export async function withLongTexts<Row extends object>(
  pool: Pool,
  jobId: string,
  { longTexts, ...short }: ShortTexts<Row>,
): Promise<Row> {
  const whole: Record<string, unknown> = { ...short };
  for (const column of longTexts) {
    const slices = [];
    for await (const slice of inputSlices(pool, jobId, column)) slices.push(slice);
    whole[names[column]] = slices.join('');
  }
  return whole as Row;
}

/** Nothing for a job without it. Rejects when the job is forgotten on the way. */
export async function* inputSlices(
  pool: Pool,
  jobId: string,
  column: InputColumn,
): AsyncGenerator<string, void, undefined> {
  for (let from = 1; ; from += sliceChars) {
    const [row] = await firstKnown<{ slice: string | null }>(
      pool,
      (half) => `SELECT substr(${column}, $2, $3) AS slice FROM ${half}job_input WHERE job_id = $1`,
      [jobId, from, sliceChars],
    );
    if (row === undefined) throw new Error('a job was forgotten while it was being read');
    if (row.slice) yield row.slice;
    // A slice of characters has at least as many units.
    if (row.slice === null || row.slice.length < sliceChars) return;
  }
}
