/** The lease on the scheduler: its holder decides which job goes where. */
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Pool } from 'pg';
import { Clock } from '../clock/index.js';
import { CONFIG, type Config } from '../config/index.js';
import { LOGGER, type Logger } from '../logging/index.js';
import { Lease } from './lease.js';
import { Replica } from './replica.js';

@Injectable()
export class LeaderLease extends Lease implements OnModuleDestroy {
  constructor(
    @Inject(Pool) pool: Pool,
    @Inject(Replica) replica: Replica,
    @Inject(CONFIG) config: Config,
    @Inject(Clock) clock: Clock,
    @Inject(LOGGER) log: Logger,
  ) {
    super('scheduler', { pool, replica, config, clock, log });
  }

  async onModuleDestroy(): Promise<void> {
    await this.resign();
  }
}
