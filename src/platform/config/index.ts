export { CONFIG, type Config, ConfigError, loadConfig, printableConfig } from './config.js';
export {
  type NodeAddress,
  type NodesName,
  type KubernetesService,
  type ScalingPool,
  redactUrl,
  readNodeUrl,
} from './urls.js';
export type { AnonymousAccess } from './access.schema.js';
