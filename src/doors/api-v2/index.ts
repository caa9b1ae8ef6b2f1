export { apiV2Door, apiV2OnNativePort } from './api-v2.door.js';
export { ApiV2Module } from './api-v2.module.js';
