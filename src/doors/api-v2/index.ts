export { apiV2Door, apiV2OnNativePort } from './api-v2.door.js';
export { ApiV2Module } from './api-v2.module.js';
export { apiV2Document } from './openapi/document.js';
