export { SecretKeyError } from './key-check.js';
export { SecretBox } from './secret-box.js';
export { SecretsModule } from './secrets.module.js';
