import { Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../../kit/index.js';
import { enhanceSchema } from '../compat.openapi.js';
import type { FormRequest } from '../form.reader.js';
import { type EnhancedBody, EnhanceService } from './enhance.service.js';

@ApiTags('Wan2.2 I2V')
@Controller()
export class EnhanceController {
  constructor(@Inject(EnhanceService) private readonly service: EnhanceService) {}

  @Access('submit', 'job')
  @Post('api/enhance_prompt')
  @HttpCode(200)
  @RouteConfig({ rawBody: true })
  @ApiConsumes('multipart/form-data', 'application/x-www-form-urlencoded')
  @ApiBody({ schema: enhanceSchema as Record<string, unknown> })
  @ApiOperation({ summary: 'A better prompt for a video, by a chat model that the operator names' })
  async enhance(@Req() request: FormRequest): Promise<EnhancedBody> {
    return this.service.enhance(request);
  }
}
