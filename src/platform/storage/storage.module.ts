import { Global, Module } from '@nestjs/common';
import { Registry } from 'prom-client';
import { CONFIG, type Config } from '../config/index.js';
import { Buckets } from './buckets.js';
import { MeasuredStorage } from './measured-storage.js';
import { openStorage } from './open-storage.js';
import { Storage } from './storage.js';

@Global()
@Module({
  providers: [
    Buckets,
    {
      provide: Storage,
      inject: [CONFIG, Registry],
      useFactory: async (config: Config, registry: Registry) =>
        new MeasuredStorage(
          await openStorage(config.STORAGE_URL, {
            linkExpiryS:
              config.STORAGE_PRESIGNED_DOWNLOADS === 'on' ? config.STORAGE_PRESIGNED_EXPIRY_S : null,
          }),
          registry,
        ),
    },
  ],
  exports: [Buckets, Storage],
})
export class StorageModule {}
