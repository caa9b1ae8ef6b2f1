/**
 * The last net: an error that nobody caught leaves the process in a state that nobody knows. It is told once, and whoever runs
 * the process lets it end in order, for its supervisor to start a new one. Later errors are those of the first; they are not told.
 */
import type { Logger } from 'pino';

export function catchTheRest(log: Logger, fall: () => void): void {
  let hasFallen = false;
  const caught = (error: unknown): void => {
    if (hasFallen) return;
    hasFallen = true;
    log.fatal(
      { err: error },
      'nobody caught this error; the process ends in order, and must be started again',
    );
    fall();
  };
  process.on('uncaughtException', caught).on('unhandledRejection', caught);
}
