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
  graph: graph ?? null,
  extraData: extraData ?? null,
  createdAtMs: Math.floor(row.createdAtMs),
  startedAtMs: row.startedAtMs && Math.floor(row.startedAtMs),
  finishedAtMs: row.finishedAtMs && Math.floor(row.finishedAtMs),
  ticket: Number(ticket),
  run: outputs === null ? null : { outputs, messages, meta },
});

/** $1 and $2 of `mayTouchSql`. */
export const scope = ({ place, clientId }: Caller): [string, string | null] => [place, clientId ?? null];
