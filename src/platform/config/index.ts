export { CONFIG, type Config, ConfigError, loadConfig, printableConfig } from './config.js';
export { type NodeAddress, redactUrl } from './urls.js';
