import { Access } from '../../kit/index.js';
import { Controller, Get, Inject, Param, SerializeOptions } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Fault } from '../../../platform/fault.js';
import { WorkflowCatalogue } from '../../../modules/workflows/index.js';
import { detailBodyOf, listBodyOf } from './workflows.body.js';
import {
  workflowDetailSchema,
  workflowListSchema,
  type WorkflowDetailBody,
  type WorkflowListBody,
} from './workflows.schemas.js';

@ApiTags('workflows')
@Controller('v1/workflows')
export class WorkflowsController {
  constructor(@Inject(WorkflowCatalogue) private readonly catalogue: WorkflowCatalogue) {}

  @Access('read', 'workflow')
  @Get()
  @ApiOperation({ operationId: 'listWorkflows', summary: 'The named workflows of this service' })
  @ApiOkResponse({ standardSchema: workflowListSchema })
  @SerializeOptions({ schema: workflowListSchema })
  list(): WorkflowListBody {
    return listBodyOf(this.catalogue.list());
  }

  @Access('read', 'workflow')
  @Get(':name')
  @ApiOperation({
    operationId: 'getWorkflow',
    summary: 'One workflow: its inputs, its outputs and what it needs',
  })
  @ApiOkResponse({ standardSchema: workflowDetailSchema })
  @ApiNotFoundResponse({ description: 'There is no workflow of that name' })
  @SerializeOptions({ schema: workflowDetailSchema })
  get(@Param('name') name: string): WorkflowDetailBody {
    const definition = this.catalogue.get(name);
    if (definition === undefined) throw new Fault('not_found', `there is no workflow "${name}"`);
    return detailBodyOf(definition);
  }
}
