/** The batches in which attempts move, one writer per kind of statement. */
import type { Pool, QueryResultRow } from 'pg';
import { BatchWriter, type Statement } from '../../../../platform/database/index.js';
import type { JobState } from '../../domain/states.js';
import type { Correction } from '../queue/tenant-charges.js';
import type { OpenAttempt } from './attempts.records.js';
import { laterMove, moveRows, noteProgress, progressRows, sendingMove } from './move.sql.js';
import { settle, settleRows } from './settle.sql.js';

export type Move = Parameters<typeof moveRows.parameter>[0][number];
export type Moved = Pick<
  OpenAttempt,
  'ver' | 'state' | 'sendDeadline' | 'acceptedAt' | 'runningAt' | 'collectingAt'
>;
export type Settlement = Parameters<typeof settleRows.parameter>[0][number];
export interface SettledJob extends Correction {
  state: JobState;
}
type Note = Parameters<typeof progressRows.parameter>[0][number];

export class AttemptWriters {
  readonly sending: BatchWriter<Move, Moved | null>;
  readonly later: BatchWriter<Move, Moved | null>;
  readonly settle: BatchWriter<Settlement, SettledJob | null>;
  readonly progress: BatchWriter<Note, QueryResultRow | null>;

  constructor(pool: Pool) {
    this.sending = writerOf(pool, sendingMove, moveRows.parameter);
    this.later = writerOf(pool, laterMove, moveRows.parameter);
    this.settle = writerOf(pool, settle, settleRows.mended, bytesOfSettlement);
    this.progress = writerOf(pool, noteProgress, progressRows.parameter);
  }
}

/** Rows that the statement does not answer get null: they were not as the caller believed. */
function writerOf<Row, Result extends QueryResultRow>(
  pool: Pool,
  statement: Statement,
  parameter: (rows: readonly Row[]) => string,
  bytesOf?: (row: Row) => number,
): BatchWriter<Row, Result | null> {
  return new BatchWriter<Row, Result | null>({
    ...(bytesOf && { bytesOf }),
    write: async (rows) => {
      const answer = await pool.query<Result & { ord: number }>({ ...statement, values: [parameter(rows)] });
      const byOrd = new Map(answer.rows.map(({ ord, ...result }) => [ord, result as unknown as Result]));
      return rows.map((_, ord) => byOrd.get(ord) ?? null);
    },
  });
}

const bytesOfSettlement = (row: Settlement): number => lengthOf(row.run_outputs) + lengthOf(row.run_messages);

const lengthOf = (text: unknown): number => (typeof text === 'string' ? text.length : 0);
