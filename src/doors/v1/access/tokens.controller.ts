import { Controller, Inject, Post, Req, SerializeOptions } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Tokens } from '../../../modules/access/index.js';
import { Access } from '../../kit/index.js';
import { tokenSchema } from './access.schemas.js';

@ApiTags('access')
@Controller('v1/tokens')
export class TokensController {
  constructor(@Inject(Tokens) private readonly tokens: Tokens) {}

  @Access('read', 'self')
  @Post()
  @ApiOperation({
    operationId: 'makeToken',
    summary: 'A token that opens one WebSocket or event stream in place of the key, within a minute, once',
  })
  @SerializeOptions({ schema: tokenSchema })
  async make(@Req() { caller }: FastifyRequest): Promise<z.infer<typeof tokenSchema>> {
    const { text, expiresAt } = await this.tokens.make(caller.principal);
    return { token: text, expires_at: expiresAt.toISOString() };
  }
}
