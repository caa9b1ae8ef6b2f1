export { Buckets } from './buckets.js';
export { FileStorage } from './file-storage.js';
export {
  type LinkOptions,
  type ListedObject,
  type PutOptions,
  type Sha256,
  Storage,
  type StoredObject,
} from './storage.js';
export { StorageModule } from './storage.module.js';
