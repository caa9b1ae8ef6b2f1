/** Rows as the database gives them, and the records that they are. */
import type { Caller } from '../domain/may-touch.js';
import type { PromptRecord } from '../domain/prompt-record.js';

export type Row = Omit<PromptRecord, 'ticket' | 'run' | 'graph' | 'extraData'> &
  Partial<Pick<PromptRecord, 'graph' | 'extraData'>> & {
    ticket: string;
    outputs: string | null;
    messages: string;
    meta: string;
  };

export const recordOf = ({
  outputs,
  messages,
  meta,
  ticket,
  graph,
  extraData,
  ...row
}: Row): PromptRecord => ({
  ...row,
  number: Number.isFinite(row.number) ? row.number : null,
  graph: graph ?? null,
  extraData: extraData ?? null,
  createdAtMs: timeIn(row.createdAtMs),
  startedAtMs: row.startedAtMs && timeIn(row.startedAtMs),
  finishedAtMs: row.finishedAtMs && timeIn(row.finishedAtMs),
  ticket: Number(ticket),
  run: outputs === null ? null : { outputs, messages, meta },
});

/** Behind the year 9999; an old or restored row may hold any time. */
const lastMs = 253_402_300_800_000;
const timeIn = (ms: number): number => Math.floor(Math.min(lastMs, Math.max(-lastMs, ms)));

/** $1 and $2 of `mayTouchSql`. */
export const scope = ({ place, clientId }: Caller): [string, string | null] => [place, clientId ?? null];
