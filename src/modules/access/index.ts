export { AccessModule } from './access.module.js';
export { TenantsService } from './tenants.service.js';
export type { Tenant } from './tenants.store.js';
