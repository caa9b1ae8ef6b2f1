export { TenantsModule } from './tenants.module.js';
export { TenantsService } from './tenants.service.js';
export type { Tenant } from './tenants.store.js';
