import { Module } from '@nestjs/common';
import { AssetRecords } from './asset-records.js';
import { AssetsService } from './assets.service.js';
import { AssetsStore } from './assets.store.js';

@Module({ providers: [AssetRecords, AssetsService, AssetsStore], exports: [AssetRecords, AssetsService] })
export class AssetsModule {}
