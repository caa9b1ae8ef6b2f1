import { Access } from '../../kit/index.js';
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
  Query,
  SerializeOptions,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Fault } from '../../../platform/fault.js';
import { NodesService, NodesStore, ruledBySource } from '../../../modules/nodes/index.js';
import { nodeDocument } from './node-document.js';
import { pageOf } from './node-page.js';
import {
  newNodeSchema,
  nodeChangeSchema,
  nodeListSchema,
  nodePageSchema,
  nodeSchema,
} from './nodes.schemas.js';
import { unknownNode } from './unknown-node.js';

/** A name, an address and labels. */
const nodeBytesMax = 65_536;

@ApiTags('nodes')
@Controller('v1/nodes')
export class NodesController {
  constructor(
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(NodesStore) private readonly store: NodesStore,
  ) {}

  @Access('read', 'node')
  @Get()
  @ApiOperation({ summary: 'All nodes with their states, by name' })
  @SerializeOptions({ schema: nodeListSchema })
  list(@Query({ schema: nodePageSchema }) query: z.infer<typeof nodePageSchema>) {
    const { records, nextCursor } = pageOf(this.nodes.registered(), query);
    return {
      nodes: records.flatMap((record) => nodeDocument(this.nodes, record) ?? []),
      next_cursor: nextCursor,
    };
  }

  @Access('read', 'node')
  @Get(':id')
  @ApiOperation({ summary: 'One node' })
  @SerializeOptions({ schema: nodeSchema })
  get(@Param('id') id: string) {
    const record = this.nodes.recordOf(id);
    const body = record && nodeDocument(this.nodes, record);
    if (!body) throw unknownNode(id);
    return body;
  }

  @Access('change', 'node')
  @Post()
  @RouteConfig({ bodyBytesMax: nodeBytesMax })
  @ApiOperation({ summary: 'Register a node' })
  @SerializeOptions({ schema: nodeSchema })
  async add(@Body({ schema: newNodeSchema }) node: z.infer<typeof newNodeSchema>) {
    const outcome = await this.store.add(node);
    if (outcome === 'taken') throw taken();
    await this.nodes.registryChanged();
    return this.get(node.id);
  }

  @Access('change', 'node')
  @Patch(':id')
  @RouteConfig({ bodyBytesMax: nodeBytesMax })
  @ApiOperation({ summary: 'Change address, weight, labels or admission of a node' })
  @SerializeOptions({ schema: nodeSchema })
  async change(
    @Param('id') id: string,
    @Body({ schema: nodeChangeSchema }) change: z.infer<typeof nodeChangeSchema>,
  ) {
    await this.mayChange(id, change);
    const outcome = await this.store.update(id, change);
    if (outcome === 'unknown') throw unknownNode(id);
    if (outcome === 'taken') throw taken();
    await this.nodes.registryChanged();
    return this.get(id);
  }

  @Access('change', 'node')
  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Forget a node; what it runs is placed elsewhere' })
  async remove(@Param('id') id: string): Promise<void> {
    const record = await this.store.sourceOf(id);
    if (record && !record.leaving && ruledBySource(record.source).length > 0)
      throw new Fault(
        'conflict',
        `${record.source} names the node "${id}": take it out there, or disable it`,
      );
    if (!(await this.store.remove(id))) throw unknownNode(id);
    await this.nodes.registryChanged();
  }

  @Access('change', 'node')
  @Post(':id/drain')
  @HttpCode(200)
  @ApiOperation({ summary: 'Finish what runs, take nothing new' })
  @SerializeOptions({ schema: nodeSchema })
  async drain(@Param('id') id: string) {
    return this.change(id, { admin: 'draining' });
  }

  @Access('change', 'node')
  @Post(':id/undrain')
  @HttpCode(200)
  @ApiOperation({ summary: 'Take work again' })
  @SerializeOptions({ schema: nodeSchema })
  async undrain(@Param('id') id: string) {
    return this.change(id, { admin: 'active' });
  }

  /** As the database has it: another replica may have registered the node a moment ago. */
  private async mayChange(id: string, change: object): Promise<void> {
    const { source } = (await this.store.sourceOf(id)) ?? { source: 'api' };
    const ruled = ruledBySource(source).filter((field) => field in change);
    if (ruled.length > 0)
      throw new Fault(
        'conflict',
        `${source} says the ${ruled.join(' and ')} of the node "${id}": change it there`,
      );
  }
}

const taken = (): Fault => new Fault('conflict', 'a node of this name or address is registered already');
