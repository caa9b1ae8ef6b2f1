export { ApiV2Module } from './api-v2.module.js';
export { ApiV2Routes } from './api-v2.routes.js';
