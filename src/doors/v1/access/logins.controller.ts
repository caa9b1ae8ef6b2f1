import { Controller, Delete, HttpCode, Inject, Param, SerializeOptions } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { KeysService, Logins } from '../../../modules/access/index.js';
import { Fault } from '../../../platform/fault.js';
import { Access } from '../../kit/index.js';
import { endedLoginsSchema } from './access.schemas.js';

/** Whose they are stands in the path, so that the audit tells it. */
@ApiTags('access')
@Controller('v1')
export class LoginsController {
  constructor(
    @Inject(Logins) private readonly logins: Logins,
    @Inject(KeysService) private readonly keys: KeysService,
  ) {}

  @Access('change', 'key')
  @Delete('keys/:id/logins')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'endLoginsOfKey',
    summary: 'End every login of a browser that began with this key: every replica obeys within two seconds',
  })
  @SerializeOptions({ schema: endedLoginsSchema })
  async endOfKey(@Param('id') id: string): Promise<z.infer<typeof endedLoginsSchema>> {
    if (!(await this.keys.isKnown(id))) throw new Fault('not_found', `there is no key ${id}`);
    return { ended: await this.logins.endOfKey(id) };
  }

  @Access('change', 'key')
  @Delete('principals/:id/logins')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'endLoginsOfPrincipal',
    summary:
      'End every login of a browser of somebody, by a key or an OpenID provider: every replica obeys within two seconds',
  })
  @SerializeOptions({ schema: endedLoginsSchema })
  async endOfPrincipal(@Param('id') id: string): Promise<z.infer<typeof endedLoginsSchema>> {
    return { ended: await this.logins.endOfPrincipal(id) };
  }
}
