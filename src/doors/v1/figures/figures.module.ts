import { Module } from '@nestjs/common';
import { JobsModule } from '../../../modules/jobs/index.js';
import { NodesModule } from '../../../modules/nodes/index.js';
import { FiguresController } from './figures.controller.js';
import { InventoryController } from './inventory.controller.js';
import { RecentFigures } from './recent-figures.js';
import { Residents } from './residents.js';

/** What the cluster has and did, in figures. */
@Module({
  imports: [JobsModule, NodesModule],
  controllers: [FiguresController, InventoryController],
  providers: [RecentFigures, Residents],
})
export class FiguresModule {}
