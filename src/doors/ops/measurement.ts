/**
 * What gauges tell of the database: read when scraped, once for all of them, and at most every few seconds. A database that is
 * away or slow does not hold up the scrape: whoever looks then wants the other metrics most.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../platform/clock/index.js';
import type { Logger } from '../../platform/logging/index.js';

const measuredForMs = 5000;
const patienceMs = 2000;

export interface MeasurementOptions {
  read: () => Promise<void>;
  /** Whether the database answered. */
  told?: (isUp: boolean) => void;
  clock: Clock;
  log: Logger;
}

export class Measurement {
  private measuredAtMs = -Infinity;
  private measuring: Promise<void> | undefined;

  constructor(private readonly options: MeasurementOptions) {}

  /** Gauges are collected side by side: each waits for the one measurement of this scrape. Never rejects. */
  async refresh(): Promise<void> {
    this.measuring ??= this.measure().finally(() => (this.measuring = undefined));
    return this.measuring;
  }

  private async measure(): Promise<void> {
    const { read, told, clock, log } = this.options;
    if (clock.monotonicMs() - this.measuredAtMs < measuredForMs) return;
    try {
      await inTime(read());
      this.measuredAtMs = clock.monotonicMs();
      told?.(true);
    } catch (error) {
      told?.(false);
      log.debug({ err: error }, 'the database could not be measured');
    }
  }
}

/** The statement's own timeouts are longer than a scraper waits. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  const ended = new AbortController();
  try {
    return await Promise.race([
      answer,
      sleep(patienceMs, undefined, { signal: ended.signal }).then(() => {
        throw new Error(`no answer in ${patienceMs} ms`);
      }),
    ]);
  } finally {
    ended.abort();
  }
}
