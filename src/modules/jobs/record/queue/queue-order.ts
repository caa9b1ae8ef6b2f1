/**
 * How many jobs stand before a key in the queue. The keys of the first ten thousand are read once for all that ask at about the same time:
 * a queue of hundreds is read anew each few milliseconds, one of thousands up to once a second, so that a place in it is never more
 * than a second old, and that of a short queue is the present one.
 */
import type { Pool } from 'pg';
import { statement } from '../../../../platform/database/index.js';
import { waitingClasses } from './waiting-classes.sql.js';

const countedMax = 10_000;
/** 100 keys are good for 10 ms. */
const freshMsPerKey = 0.1;

const firstKeys = statement(
  'queue-first-keys',
  `WITH RECURSIVE ${waitingClasses}
   SELECT array_agg(eff_key) AS keys FROM (
     SELECT f.eff_key FROM waiting w CROSS JOIN LATERAL (
       SELECT j.eff_key FROM job j WHERE j.class_id = w.class_id AND j.state = 'queued' ORDER BY j.eff_key, j.id LIMIT ${countedMax}) f
     WHERE w.class_id IS NOT NULL ORDER BY f.eff_key LIMIT ${countedMax}) first`,
);

interface Reading {
  atMs: number;
  keys: Promise<readonly number[]>;
  /** While it is under way, that of the one before. */
  count: number;
}

export class QueueOrder {
  private reading: Reading | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Ten thousand at most. */
  async countBefore(key: number): Promise<number> {
    return countBelow(await this.keys(), key);
  }

  private async keys(): Promise<readonly number[]> {
    const nowMs = this.nowMs();
    const { reading: last } = this;
    if (last && nowMs - last.atMs < last.count * freshMsPerKey) return last.keys;
    const reading: Reading = { atMs: nowMs, keys: this.read(), count: last?.count ?? 0 };
    this.reading = reading;
    try {
      reading.count = (await reading.keys).length;
    } catch (error) {
      if (this.reading === reading) this.reading = undefined;
      throw error;
    }
    return reading.keys;
  }

  private async read(): Promise<readonly number[]> {
    const { rows } = await this.pool.query<{ keys: number[] | null }>(firstKeys);
    return rows[0]?.keys ?? [];
  }
}

/** Of ascending keys. */
export function countBelow(keys: readonly number[], key: number): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
