import { Access } from '../kit/index.js';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { packageVersion } from '../../platform/version.js';

@ApiTags('operations')
@Controller('v1/version')
export class VersionController {
  @Access('read', 'self')
  @Get()
  @ApiOperation({ summary: 'Version of this service' })
  version() {
    return { name: 'comfymux', version: packageVersion, node: process.versions.node };
  }
}
