export { V1Module } from './v1.module.js';
export { v1Door } from './v1.door.js';
export { withTypedEndpoints } from './workflows/typed-endpoints.js';
