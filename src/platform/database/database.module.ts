import {
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { Pool } from 'pg';
import { Registry } from 'prom-client';
import { LOGGER, type Logger } from '../logging/index.js';
import { Notifications } from './notifications.js';
import { createPool } from './pool.js';
import { observePool } from './pool.metrics.js';
import { PrismaService } from './prisma.js';

export interface DatabaseModuleOptions {
  url: string;
  poolSize: number;
  prepared: boolean;
}

/**
 * Provides `Pool` (pg), `PrismaService` and `Notifications` to every module. They are usable until the last
 * `onApplicationShutdown`: what uses them stops in `onModuleDestroy` or `beforeApplicationShutdown`.
 */
@Global()
@Module({})
export class DatabaseModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(Pool) private readonly pool: Pool,
    @Inject(PrismaService) private readonly prisma: PrismaService,
    @Inject(Notifications) private readonly notifications: Notifications,
  ) {}

  static forRoot({ url, poolSize, prepared }: DatabaseModuleOptions): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [
        {
          provide: Pool,
          inject: [LOGGER, Registry],
          useFactory: (log: Logger, registry: Registry) => {
            const pool = createPool({ url, poolSize, prepared, log });
            observePool(pool, registry);
            return pool;
          },
        },
        PrismaService,
        {
          provide: Notifications,
          inject: [Pool, LOGGER],
          useFactory: (pool: Pool, log: Logger) => new Notifications(pool, log),
        },
      ],
      exports: [Pool, PrismaService, Notifications],
    };
  }

  async onModuleInit(): Promise<void> {
    await this.notifications.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.notifications.stop();
    await this.prisma.$disconnect();
    await this.pool.end();
  }
}
