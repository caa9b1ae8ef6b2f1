import { Access } from '../../kit/index.js';
import { Controller, Get, Inject, SerializeOptions } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { Fault } from '../../../platform/fault.js';
import { Forecasts } from '../../../modules/jobs/index.js';

const scalingSchema = z.object({
  target_wait_seconds: z.number(),
  pools: z.array(
    z.object({
      name: z.string(),
      nodes_wanted: z.number().int(),
      nodes: z.number().int(),
      nodes_busy: z.number().int(),
      waiting_jobs: z.number().int(),
      backlog_seconds: z.number(),
    }),
  ),
});

@ApiTags('nodes')
@Controller('v1/scaling')
export class ScalingController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(Forecasts) private readonly forecasts: Forecasts,
  ) {}

  @Access('read', 'scaling')
  @Get()
  @ApiOperation({ summary: 'How many nodes the scheduler wants in each pool of SCALING_POOLS' })
  @SerializeOptions({ schema: scalingSchema })
  async scaling() {
    const { SCALING_POOLS, SCALING_TARGET_WAIT_S } = this.config;
    const wishes = (await this.forecasts.current())?.scaling;
    // An answer of zeros would end nodes.
    if (wishes === undefined)
      throw new Fault('no_node_available', 'no replica decides now, so that nobody knows what is wanted');
    return {
      target_wait_seconds: SCALING_TARGET_WAIT_S,
      pools: SCALING_POOLS.flatMap(({ name }) => {
        const wish = wishes[name];
        return wish === undefined
          ? []
          : {
              name,
              nodes_wanted: wish.nodesWanted,
              nodes: wish.nodes,
              nodes_busy: wish.nodesBusy,
              waiting_jobs: wish.waitingJobs,
              backlog_seconds: Math.round(wish.backlogS),
            };
      }),
    };
  }
}
