import { Access } from '../../kit/index.js';
import { Body, Controller, Get, Inject, Param, Put, SerializeOptions } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Fault } from '../../../platform/fault.js';
import { tenantIdSchema, tenantListSchema, tenantSchema, tenantSettingsSchema } from './tenants.schemas.js';
import { type Tenant, TenantsService } from '../../../modules/access/index.js';

@ApiTags('tenants')
@Controller('v1/tenants')
export class TenantsController {
  constructor(@Inject(TenantsService) private readonly tenants: TenantsService) {}

  @Access('read', 'tenant')
  @Get()
  @ApiOperation({ summary: 'All tenants with their shares and limits' })
  @SerializeOptions({ schema: tenantListSchema })
  list() {
    return { tenants: this.tenants.all().map(bodyOf) };
  }

  @Access('read', 'tenant')
  @Get(':id')
  @ApiOperation({ summary: 'One tenant' })
  @SerializeOptions({ schema: tenantSchema })
  get(@Param('id') id: string) {
    const tenant = this.tenants.find(id);
    if (!tenant) throw new Fault('not_found', `there is no tenant "${id}"`);
    return bodyOf(tenant);
  }

  @Access('change', 'tenant')
  @Put(':id')
  @ApiOperation({ summary: 'Make a tenant, or replace its share and limits' })
  @SerializeOptions({ schema: tenantSchema })
  async put(
    @Param('id', { schema: tenantIdSchema }) id: string,
    @Body({ schema: tenantSettingsSchema }) settings: z.infer<typeof tenantSettingsSchema>,
  ) {
    const { weight, max_queued: maxQueued, max_active: maxActive } = settings;
    return bodyOf(await this.tenants.put({ id, weight, maxQueued, maxActive }));
  }
}

const bodyOf = ({ id, weight, maxQueued, maxActive }: Tenant) => ({
  id,
  weight,
  max_queued: maxQueued,
  max_active: maxActive,
});
