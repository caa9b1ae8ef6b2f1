export * from './domain/index.js';
export { AccessModule } from './access.module.js';
export {
  asPrincipal,
  checkSubmit,
  currentPrincipal,
  currentReach,
  currentTenant,
  isInCurrentReach,
  outsideOfRequests,
} from './current.js';
export { KeyRing } from './keys/key-ring.js';
export { type KeyOrder, KeysService, type MadeKey } from './keys/keys.service.js';
export { type KeyRecord, KeysStore, type PrincipalRecord } from './keys/keys.store.js';
export { DatabaseTime } from './links/database-time.js';
export { Links } from './links/links.js';
export { Logins } from './passes/logins.js';
export { Tokens } from './passes/tokens.js';
export { type LoginObstacle, LoginRefusal } from './people/login-refusal.js';
export { type LoginSecrets, OpenIdProvider } from './people/openid-provider.js';
export { People } from './people/people.js';
export { PostureError } from './posture.js';
export { OpenStreams } from './streams/open-streams.js';
export { StreamsStore } from './streams/streams.store.js';
export { TenantsService } from './tenants/tenants.service.js';
export type { Tenant } from './tenants/tenants.store.js';
export { AuditStore } from './audit/audit.store.js';
