export { type AssetRecord, AssetRecords } from './asset-records.js';
export { mimeOfName } from './domain/media-types.js';
export { nameCharsMax, uploadName } from './domain/upload-name.js';
export { AssetsModule } from './assets.module.js';
export {
  AssetsService,
  sharedTenantId,
  type CollectOptions,
  type StoreUploadOptions,
} from './assets.service.js';
export type { Accepted } from './domain/accepted.js';
export { UrlFiles } from './fetching/url-files.js';
export type { NumberedName } from './assets.store.js';
export type { StoredAsset } from './domain/stored-asset.js';
export type { UploadCheckOptions } from './upload-check.js';
export type { FileQuota } from './ledger/room.js';
export { TenantFiles, type TenantUse } from './ledger/tenant-files.js';
