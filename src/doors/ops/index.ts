export { OpsModule } from './ops.module.js';
export { opsDoor } from './ops.door.js';
