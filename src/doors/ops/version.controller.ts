import { Access } from '../kit/index.js';
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { packageVersion } from '../../platform/version.js';

@ApiTags('operations')
@Controller('v1/version')
export class VersionController {
  @Access('read', 'self')
  @Get()
  @ApiOkResponse({
    schema: {
      type: 'object',
      required: ['name', 'version', 'node'],
      properties: { name: { type: 'string' }, version: { type: 'string' }, node: { type: 'string' } },
    },
  })
  @ApiOperation({ summary: 'Version of this service' })
  version() {
    return { name: 'comfymux', version: packageVersion, node: process.versions.node };
  }
}
