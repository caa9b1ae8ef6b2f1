import { Controller, Get, Req, SerializeOptions } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Access } from '../../kit/index.js';
import { meSchema } from './access.schemas.js';

@ApiTags('access')
@Controller('v1/me')
export class MeController {
  @Access('read', 'self')
  @Get()
  @ApiOperation({ operationId: 'getMe', summary: 'Who asks, and what that one may' })
  @SerializeOptions({ schema: meSchema })
  me(@Req() { caller }: FastifyRequest) {
    const { kind, id, tenantId, role, rights, keyId, scopes, pass } = caller.principal;
    return {
      kind,
      principal: id,
      tenant: tenantId,
      role,
      rights,
      key_id: keyId,
      logged_in: pass?.kind === 'login',
      doors: scopes.doors,
      workflows: scopes.workflows,
    };
  }
}
