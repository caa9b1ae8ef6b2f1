import { Module } from '@nestjs/common';
import { AssetRecords } from './asset-records.js';
import { AssetsService } from './assets.service.js';
import { AssetsStore } from './assets.store.js';
import { FetchedUrls } from './fetching/fetched-urls.store.js';
import { UrlFiles } from './fetching/url-files.js';
import { TenantFiles } from './ledger/tenant-files.js';

@Module({
  providers: [AssetRecords, AssetsService, AssetsStore, FetchedUrls, TenantFiles, UrlFiles],
  exports: [AssetRecords, AssetsService, TenantFiles, UrlFiles],
})
export class AssetsModule {}
