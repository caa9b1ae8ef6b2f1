import type { Logger } from '../../platform/logging/index.js';

/** Work in batches that is done again at its next time; `isStopping` is asked between two batches. */
export interface Chore {
  what: string;
  batches: () => AsyncIterable<number>;
  isStopping: () => boolean;
  log: Logger;
}

/** Never rejects. Resolves to how much was done. */
export async function runChore({ what, batches, isStopping, log }: Chore): Promise<number> {
  let done = 0;
  try {
    for await (const batch of batches()) {
      done += batch;
      if (isStopping()) break;
    }
  } catch (error) {
    if (!isStopping()) log.warn({ err: error, what }, 'a chore failed; it runs again at its next time');
  }
  if (done > 0) log.info({ what, done }, 'a chore was done');
  return done;
}
