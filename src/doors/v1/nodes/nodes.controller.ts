import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  SerializeOptions,
} from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Fault } from '../../../platform/fault.js';
import { nodeBody, NodesService, NodesStore, ruledBySource } from '../../../modules/nodes/index.js';
import { newNodeSchema, nodeChangeSchema, nodeListSchema, nodeSchema } from './nodes.schemas.js';

@ApiTags('nodes')
@Controller('v1/nodes')
export class NodesController {
  constructor(
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(NodesStore) private readonly store: NodesStore,
  ) {}

  @Get()
  @ApiOperation({ summary: 'All nodes with their states' })
  @SerializeOptions({ schema: nodeListSchema })
  list() {
    return {
      nodes: this.nodes.all().map((monitor) => nodeBody(monitor, this.nodes.recordOf(monitor.settings.id))),
    };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One node' })
  @SerializeOptions({ schema: nodeSchema })
  get(@Param('id') id: string) {
    const monitor = this.nodes.find(id);
    if (!monitor) throw unknownNode(id);
    return nodeBody(monitor, this.nodes.recordOf(id));
  }

  @Post()
  @ApiOperation({ summary: 'Register a node' })
  @SerializeOptions({ schema: nodeSchema })
  async add(@Body({ schema: newNodeSchema }) node: z.infer<typeof newNodeSchema>) {
    const outcome = await this.store.add({ ...node, url: node.url.replace(/\/+$/, '') });
    if (outcome === 'taken')
      throw new Fault('conflict', 'a node of this name or address is registered already');
    await this.nodes.registryChanged();
    return this.get(node.id);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change address, weight, labels or admission of a node' })
  @SerializeOptions({ schema: nodeSchema })
  async change(
    @Param('id') id: string,
    @Body({ schema: nodeChangeSchema }) change: z.infer<typeof nodeChangeSchema>,
  ) {
    this.mayChange(id, change);
    if (!(await this.store.update(id, change))) throw unknownNode(id);
    await this.nodes.registryChanged();
    return this.get(id);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Forget a node; what it runs is placed elsewhere' })
  async remove(@Param('id') id: string): Promise<void> {
    const record = this.nodes.recordOf(id);
    if (record && !record.leaving && ruledBySource(record.source).length > 0)
      throw new Fault(
        'conflict',
        `${record.source} names the node "${id}": take it out there, or disable it`,
      );
    if (!(await this.store.remove(id))) throw unknownNode(id);
    await this.nodes.registryChanged();
  }

  @Post(':id/drain')
  @HttpCode(200)
  @ApiOperation({ summary: 'Finish what runs, take nothing new' })
  @SerializeOptions({ schema: nodeSchema })
  async drain(@Param('id') id: string) {
    return this.change(id, { admin: 'draining' });
  }

  @Post(':id/undrain')
  @HttpCode(200)
  @ApiOperation({ summary: 'Take work again' })
  @SerializeOptions({ schema: nodeSchema })
  async undrain(@Param('id') id: string) {
    return this.change(id, { admin: 'active' });
  }

  private mayChange(id: string, change: object): void {
    const source = this.nodes.recordOf(id)?.source ?? 'api';
    const ruled = ruledBySource(source).filter((field) => field in change);
    if (ruled.length > 0)
      throw new Fault(
        'conflict',
        `${source} says the ${ruled.join(' and ')} of the node "${id}": change it there`,
      );
  }
}

const unknownNode = (id: string): Fault => new Fault('not_found', `there is no node "${id}"`);
