import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Req,
  SerializeOptions,
} from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { type KeyRecord, KeysService, type MadeKey } from '../../../modules/access/index.js';
import { Access } from '../../kit/index.js';
import {
  keyListSchema,
  keySchema,
  madeKeySchema,
  newKeySchema,
  principalListSchema,
  rotationSchema,
} from './access.schemas.js';

@ApiTags('access')
@Controller('v1')
export class KeysController {
  constructor(@Inject(KeysService) private readonly keys: KeysService) {}

  @Access('change', 'key')
  @Post('keys')
  @ApiOperation({ operationId: 'makeKey', summary: 'Make a key; its text is told this once' })
  @SerializeOptions({ schema: madeKeySchema })
  async make(
    @Body({ schema: newKeySchema }) {
      principal,
      tenant,
      name,
      expires_at: end,
      ...rest
    }: z.infer<typeof newKeySchema>,
    @Req() request: FastifyRequest,
  ) {
    const { role, rights, doors, workflows, networks } = rest;
    const order = {
      principalId: principal,
      tenantId: tenant,
      name: name ?? principal,
      role,
      rights,
      scopes: { doors, workflows, networks },
      expiresAt: end === null ? null : new Date(end),
    };
    return madeBody(await this.keys.make(order, request.caller.principal));
  }

  @Access('read', 'key')
  @Get('keys')
  @ApiOperation({ operationId: 'listKeys', summary: 'All keys, the newest first, without what is secret' })
  @SerializeOptions({ schema: keyListSchema })
  async list() {
    return { keys: (await this.keys.list()).map(bodyOf) };
  }

  @Access('change', 'key')
  @Delete('keys/:id')
  @HttpCode(200)
  @ApiOperation({ operationId: 'revokeKey', summary: 'Revoke a key: every replica obeys within two seconds' })
  @SerializeOptions({ schema: keySchema })
  async revoke(@Param('id') id: string) {
    return bodyOf(await this.keys.revoke(id));
  }

  @Access('change', 'key')
  @Post('keys/:id/rotate')
  @ApiOperation({
    operationId: 'rotateKey',
    summary: 'Make a second key like this one, which ends a while later',
  })
  @SerializeOptions({ schema: madeKeySchema })
  async rotate(
    @Param('id') id: string,
    @Body({ schema: rotationSchema }) { grace_s: graceS }: z.infer<typeof rotationSchema>,
    @Req() request: FastifyRequest,
  ) {
    return madeBody(await this.keys.rotate(id, graceS * 1000, request.caller.principal));
  }

  @Access('read', 'key')
  @Get('principals')
  @ApiOperation({ operationId: 'listPrincipals', summary: 'Whom keys belong to' })
  @SerializeOptions({ schema: principalListSchema })
  async principals() {
    const records = await this.keys.principals();
    return {
      principals: records.map(({ id, tenantId: tenant, name, createdAt }) => ({
        id,
        tenant,
        name,
        created_at: createdAt.toISOString(),
      })),
    };
  }
}

const madeBody = ({ record, text }: MadeKey) => ({ ...bodyOf(record), key: text });

const bodyOf = ({ id, principalId, tenantId, name, role, rights, scopes, ...key }: KeyRecord) => ({
  id,
  principal: principalId,
  tenant: tenantId,
  name,
  role,
  rights,
  doors: scopes.doors,
  workflows: scopes.workflows,
  networks: scopes.networks,
  created_at: key.createdAt.toISOString(),
  created_by: key.createdBy,
  expires_at: key.expiresAt?.toISOString() ?? null,
  used_at: key.usedAt?.toISOString() ?? null,
  revoked_at: key.revokedAt?.toISOString() ?? null,
});
