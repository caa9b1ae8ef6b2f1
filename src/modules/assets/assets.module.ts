import { Module } from '@nestjs/common';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { openStorage, Storage } from '../../platform/storage/index.js';
import { AssetsController } from './assets.controller.js';
import { AssetsService } from './assets.service.js';
import { AssetsStore } from './assets.store.js';

@Module({
  controllers: [AssetsController],
  providers: [
    AssetsService,
    AssetsStore,
    { provide: Storage, inject: [CONFIG], useFactory: (config: Config) => openStorage(config.STORAGE_URL) },
  ],
  exports: [AssetsService, Storage],
})
export class AssetsModule {}
