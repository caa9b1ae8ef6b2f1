export { compatDoor } from './compat.door.js';
export { Compat5014Module } from './compat.module.js';
