import { Module } from '@nestjs/common';
import { AuditStore } from './audit/audit.store.js';
import { FirstKey } from './keys/first-key.js';
import { KeyRing } from './keys/key-ring.js';
import { KeysService } from './keys/keys.service.js';
import { KeysStore } from './keys/keys.store.js';
import { Posture } from './posture.js';
import { TenantsService } from './tenants/tenants.service.js';
import { TenantsStore } from './tenants/tenants.store.js';

@Module({
  providers: [AuditStore, FirstKey, KeyRing, KeysService, KeysStore, Posture, TenantsService, TenantsStore],
  exports: [AuditStore, KeyRing, KeysService, TenantsService],
})
export class AccessModule {}
