export { NativeModule } from './native.module.js';
