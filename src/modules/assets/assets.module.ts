import { Module } from '@nestjs/common';
import { Registry } from 'prom-client';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { MeasuredStorage, openStorage, Storage } from '../../platform/storage/index.js';
import { AssetsService } from './assets.service.js';
import { AssetsStore } from './assets.store.js';

@Module({
  providers: [
    AssetsService,
    AssetsStore,
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
  exports: [AssetsService, Storage],
})
export class AssetsModule {}
