import { Controller, Get, Inject, Query, SerializeOptions } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { AuditStore } from '../../../modules/access/index.js';
import { Access } from '../../kit/index.js';
import { auditListSchema, auditQuerySchema } from './audit.schemas.js';
import { isKnownBy } from './access.schemas.js';

@ApiTags('access')
@Controller('v1/audit')
export class AuditController {
  constructor(@Inject(AuditStore) private readonly audit: AuditStore) {}

  @Access('read', 'audit')
  @Get()
  @ApiOperation({
    operationId: 'listAudit',
    summary: 'Who changed nodes, workflows, tenants and keys, the newest first',
  })
  @SerializeOptions({ schema: auditListSchema })
  async list(@Query({ schema: auditQuerySchema }) { cursor, ...filter }: z.infer<typeof auditQuerySchema>) {
    const lines = await this.audit.page({ ...filter, before: cursor });
    const last = lines.length === filter.limit ? lines.at(-1) : undefined;
    return {
      entries: lines.map(({ at, knownBy, principalId, keyId, tenantId, requestId, ...line }) => ({
        ...line,
        at: at.toISOString(),
        known_by: isKnownBy(knownBy) ? knownBy : 'nobody',
        principal: principalId,
        key_id: keyId,
        tenant: tenantId,
        request_id: requestId,
      })),
      next_cursor: last?.id ?? null,
    };
  }
}
