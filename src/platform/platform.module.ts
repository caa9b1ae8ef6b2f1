import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Registry } from 'prom-client';
import { Clock, SystemClock } from './clock/index.js';
import { CONFIG, type Config } from './config/index.js';
import { DatabaseModule } from './database/index.js';
import { LastCall } from './lifecycle/index.js';
import { LOGGER, type Logger } from './logging/index.js';
import { createRegistry, QuotaRefusals } from './metrics/index.js';
import { openTracing, Tracing } from './tracing/index.js';

export interface PlatformModuleOptions {
  config: Config;
  log: Logger;
  /** Of the database that `openDatabase` opened and migrated. */
  databaseUrl: string;
  clock?: Clock;
  registry?: Registry;
}

/** Provides `CONFIG`, `LOGGER`, `Clock`, prom-client's `Registry`, `Tracing`, and what `DatabaseModule` gives, to every module. */
@Global()
@Module({})
export class PlatformModule {
  static forRoot({ config, log, databaseUrl, clock, registry }: PlatformModuleOptions): DynamicModule {
    return {
      module: PlatformModule,
      imports: [
        DatabaseModule.forRoot({
          url: databaseUrl,
          poolSize: config.DATABASE_POOL_SIZE,
          prepared: config.DATABASE_PREPARED,
        }),
      ],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: LOGGER, useValue: log },
        { provide: Clock, useValue: clock ?? new SystemClock() },
        { provide: Registry, useValue: registry ?? createRegistry() },
        LastCall,
        QuotaRefusals,
        { provide: Tracing, useFactory: async () => openTracing(config, log) },
      ],
      exports: [CONFIG, LOGGER, Clock, Registry, LastCall, QuotaRefusals, Tracing],
    };
  }
}
