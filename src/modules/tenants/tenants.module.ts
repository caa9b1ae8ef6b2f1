import { Module } from '@nestjs/common';
import { TenantsController } from './tenants.controller.js';
import { TenantsService } from './tenants.service.js';
import { TenantsStore } from './tenants.store.js';

@Module({
  controllers: [TenantsController],
  providers: [TenantsService, TenantsStore],
  exports: [TenantsService],
})
export class TenantsModule {}
