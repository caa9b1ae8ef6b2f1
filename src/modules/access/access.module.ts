import { Module } from '@nestjs/common';
import { TenantsService } from './tenants.service.js';
import { TenantsStore } from './tenants.store.js';

@Module({
  providers: [TenantsService, TenantsStore],
  exports: [TenantsService],
})
export class AccessModule {}
