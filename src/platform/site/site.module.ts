import { Global, Module } from '@nestjs/common';
import { Pool } from 'pg';
import { Clock } from '../clock/index.js';
import { CONFIG, type Config } from '../config/index.js';
import { LOGGER, type Logger } from '../logging/index.js';
import { Storage } from '../storage/index.js';
import { Loops } from './loops.js';
import { Site } from './site.js';

@Global()
@Module({
  providers: [
    Loops,
    {
      provide: Site,
      inject: [Pool, Storage, CONFIG, Clock, LOGGER],
      useFactory: (pool: Pool, storage: Storage, config: Config, clock: Clock, log: Logger) =>
        new Site({ pool, storage, dispatch: config.DISPATCH, clock, log }),
    },
  ],
  exports: [Loops, Site],
})
export class SiteModule {}
