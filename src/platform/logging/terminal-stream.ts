import type { DestinationStream } from 'pino';

interface LogRecord {
  level?: string;
  time?: string;
  msg?: string;
  err?: { message?: string; stack?: string };
  [key: string]: unknown;
}

/** Turns pino's JSON lines into lines for a person: time, level, message, and the rest as JSON. */
export class TerminalStream implements DestinationStream {
  constructor(private readonly output: { write(text: string): unknown }) {}

  write(line: string): void {
    this.output.write(formatRecord(JSON.parse(line) as LogRecord));
  }
}

function formatRecord({ level = '', time = '', msg = '', err, pid: _pid, ...rest }: LogRecord): string {
  const details = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : '';
  const cause = err ? `\n  ${err.stack ?? err.message ?? ''}` : '';
  return `${time.slice(11, 19)} ${level.toUpperCase().padEnd(5)} ${msg}${details}${cause}\n`;
}
