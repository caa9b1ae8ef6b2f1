import { setTimeout as sleep } from 'node:timers/promises';
import { isDatabaseUnavailable } from '../../../platform/database/index.js';

const pauseMs = 250;

/** Tries again while the database is away. Rejects with the last error as soon as `isOver` says so, and with any other at once. */
export async function untilBack<T>(work: () => Promise<T>, isOver: () => boolean): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (isOver() || !isDatabaseUnavailable(error)) throw error;
    }
    await sleep(pauseMs);
  }
}
