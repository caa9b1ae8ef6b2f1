/**
 * The time of the database, which all replicas share, without a query for each look: read once a minute, and counted on by the
 * monotonic clock in between. The clock of a replica's machine may be wrong by minutes, and what has expired must be over for all at once.
 */
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { Pool } from 'pg';
import { PeriodicLoop } from '../../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';

const readIntervalMs = 60_000;

@Injectable()
export class DatabaseTime implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: PeriodicLoop;
  /** What the monotonic clock is behind the database's. */
  private offsetMs = Date.now() - performance.now();

  constructor(
    @Inject(Pool) private readonly pool: Pool,
    @Inject(LOGGER) log: Logger,
  ) {
    this.loop = new PeriodicLoop({
      name: 'time of the database',
      intervalMs: readIntervalMs,
      log,
      turn: async () => this.read(),
    });
  }

  async onModuleInit(): Promise<void> {
    await this.read();
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** Milliseconds since 1970; early by no more than a query takes, and never late. */
  nowMs(): number {
    return performance.now() + this.offsetMs;
  }

  private async read(): Promise<void> {
    const askedAtMs = performance.now();
    const { rows } = await this.pool.query<{ nowMs: number }>(
      `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMs"`,
    );
    // Counted from the question: what has ended is then never taken for good.
    this.offsetMs = rows[0]!.nowMs - askedAtMs;
  }
}
