/** The batches in which attempts move, one writer per kind of statement. */
import type { Pool, QueryResultRow } from 'pg';
import { BatchWriter, longText, type Statement } from '../../../../platform/database/index.js';
import { utf8InTurns } from '../../../../platform/turns/index.js';
import { stringifyInTurns } from '../../../comfyui/index.js';
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
    this.settle = writerOf(pool, settle, settlementText, bytesOfSettlement);
    this.progress = writerOf(pool, noteProgress, progressRows.parameter);
  }
}

/** Rows that the statement does not answer get null: they were not as the caller believed. */
function writerOf<Row, Result extends QueryResultRow>(
  pool: Pool,
  statement: Statement,
  parameter: (rows: readonly Row[]) => string | Promise<string | Buffer>,
  bytesOf?: (row: Row) => number,
): BatchWriter<Row, Result | null> {
  return new BatchWriter<Row, Result | null>({
    ...(bytesOf && { bytesOf }),
    write: async (rows) => {
      const values = [await parameter(rows)];
      const answer = await pool.query<Result & { ord: number }>({ ...statement, values });
      const byOrd = new Map(answer.rows.map(({ ord, ...result }) => [ord, result as unknown as Result]));
      return rows.map((_, ord) => byOrd.get(ord) ?? null);
    },
  });
}

/** Megabytes of what a node told are written, and encoded, in turns with other work. */
const settlementText = async (rows: readonly Settlement[]): Promise<string | Buffer> =>
  rows.some((row) => bytesOfSettlement(row) > longText || outputsOf(row) > manyOutputs)
    ? utf8InTurns(await stringifyInTurns(settleRows.unwrittenMended(rows)))
    : settleRows.mended(rows);

const manyOutputs = 200;
const outputsOf = ({ outputs }: Settlement): number => (Array.isArray(outputs) ? outputs.length : 0);
const bytesOfSettlement = (row: Settlement): number => lengthOf(row.run_outputs) + lengthOf(row.run_messages);

const lengthOf = (text: unknown): number => (typeof text === 'string' ? text.length : 0);
