/**
 * Logs are JSON lines on standard output; a person at a terminal gets one readable line per record.
 * Whatever a record carries, credentials and prompts are censored by key before it is written.
 */
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import { TerminalStream } from './terminal-stream.js';

export type { Logger } from 'pino';

/** Injection token of the process's `Logger`. */
export const LOGGER = Symbol('Logger');

const secretKeys = ['authorization', 'password', 'cookie', 'token', 'secret', 'prompt', 'graph', 'apiKey'];
const redactedPaths = secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*.*.*.${key}`]);

export interface CreateLoggerOptions {
  level: string;
  /** Where lines go; standard output unless given. */
  destination?: DestinationStream;
}

export function createLogger({ level, destination }: CreateLoggerOptions): Logger {
  const options: LoggerOptions = {
    level,
    base: { pid: process.pid },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: redactedPaths, censor: '[redacted]' },
  };
  return pino(options, destination ?? standardOutput());
}

function standardOutput(): DestinationStream {
  return process.stdout.isTTY
    ? new TerminalStream(process.stdout)
    : pino.destination({ dest: 1, sync: true });
}
