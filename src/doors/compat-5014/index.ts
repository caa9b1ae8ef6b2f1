export { compatErrors } from './compat.errors.js';
export { Compat5014Module } from './compat.module.js';
export { installCompat5014 } from './install.js';
