export { nativeDoor } from './native.door.js';
export { NativeModule } from './native.module.js';
