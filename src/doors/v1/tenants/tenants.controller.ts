import { Access } from '../../kit/index.js';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Put,
  SerializeOptions,
} from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Fault } from '../../../platform/fault.js';
import { tenantIdSchema, tenantListSchema, tenantSchema, tenantSettingsSchema } from './tenants.schemas.js';
import {
  currentPrincipal,
  may,
  StreamsStore,
  type Tenant,
  TenantsService,
} from '../../../modules/access/index.js';
import { TenantFiles, type TenantUse } from '../../../modules/assets/index.js';

@ApiTags('tenants')
@Controller('v1/tenants')
export class TenantsController {
  constructor(
    @Inject(TenantsService) private readonly tenants: TenantsService,
    @Inject(TenantFiles) private readonly files: TenantFiles,
    @Inject(StreamsStore) private readonly streams: StreamsStore,
  ) {}

  @Access('read', 'tenant')
  @Get()
  @ApiOperation({ summary: 'All tenants with their shares and limits' })
  @SerializeOptions({ schema: tenantListSchema })
  async list() {
    const use = await this.use(null);
    return {
      tenants: this.tenants
        .all()
        .filter(isVisible)
        .map((tenant) => bodyOf(tenant, use)),
    };
  }

  @Access('read', 'tenant')
  @Get(':id')
  @ApiOperation({ summary: 'One tenant' })
  @SerializeOptions({ schema: tenantSchema })
  async get(@Param('id') id: string) {
    const tenant = this.tenants.find(id);
    if (!tenant || !isVisible(tenant)) throw new Fault('not_found', `there is no tenant "${id}"`);
    return bodyOf(tenant, await this.use(id));
  }

  @Access('change', 'tenant')
  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Forget a tenant without jobs, files or principals' })
  async remove(@Param('id') id: string): Promise<void> {
    if (!this.tenants.find(id)) throw new Fault('not_found', `there is no tenant "${id}"`);
    if (!(await this.tenants.remove(id)))
      throw new Fault('conflict', `the tenant "${id}" has jobs, files or principals, or is the default`);
  }

  @Access('change', 'tenant')
  @Put(':id')
  @ApiOperation({ summary: 'Make a tenant, or replace its share and limits' })
  @SerializeOptions({ schema: tenantSchema })
  async put(
    @Param('id', { schema: tenantIdSchema }) id: string,
    @Body({ schema: tenantSettingsSchema }) settings: z.infer<typeof tenantSettingsSchema>,
  ) {
    return bodyOf(await this.tenants.put(tenantOf(id, settings)), await this.use(id));
  }

  private async use(id: string | null): Promise<Use> {
    return {
      files: await this.files.use(id),
      streams: await this.streams.open(),
      userDataBytes: await this.tenants.userDataBytes(id),
    };
  }
}

/** What tenants have now, by their ids. */
interface Use {
  files: ReadonlyMap<string, TenantUse>;
  streams: ReadonlyMap<string, number>;
  userDataBytes: ReadonlyMap<string, number>;
}

/** Who runs the cluster sees all, everybody else its own. */
function isVisible({ id }: Tenant): boolean {
  const principal = currentPrincipal();
  return principal === undefined || may(principal, 'read', { kind: 'tenant', tenantId: id }).ok;
}

const tenantOf = (id: string, settings: z.infer<typeof tenantSettingsSchema>): Tenant => ({
  id,
  weight: settings.weight,
  maxQueued: settings.max_queued,
  maxActive: settings.max_active,
  maxJobsPerDay: settings.max_jobs_per_day,
  maxGpuSecondsPerDay: settings.max_gpu_seconds_per_day,
  maxStoredBytes: settings.max_stored_bytes,
  maxUploadedBytesPerDay: settings.max_uploaded_bytes_per_day,
  maxStreams: settings.max_streams,
  maxUserDataBytes: settings.max_user_data_bytes,
});

const bodyOf = (tenant: Tenant, { files, streams, userDataBytes }: Use) => ({
  id: tenant.id,
  weight: tenant.weight,
  max_queued: tenant.maxQueued,
  max_active: tenant.maxActive,
  max_jobs_per_day: tenant.maxJobsPerDay,
  max_gpu_seconds_per_day: tenant.maxGpuSecondsPerDay,
  max_stored_bytes: tenant.maxStoredBytes,
  max_uploaded_bytes_per_day: tenant.maxUploadedBytesPerDay,
  max_streams: tenant.maxStreams,
  max_user_data_bytes: tenant.maxUserDataBytes,
  stored_bytes: files.get(tenant.id)?.storedBytes ?? 0,
  uploaded_bytes_today: files.get(tenant.id)?.uploadedBytesToday ?? 0,
  open_streams: streams.get(tenant.id) ?? 0,
  user_data_bytes: userDataBytes.get(tenant.id) ?? 0,
});
