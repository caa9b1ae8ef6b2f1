export { FileStorage } from './file-storage.js';
export { MeasuredStorage } from './measured-storage.js';
export { openStorage } from './open-storage.js';
export {
  type LinkOptions,
  type ListedObject,
  type PutOptions,
  type Sha256,
  Storage,
  type StoredObject,
} from './storage.js';
