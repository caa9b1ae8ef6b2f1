import { Module } from '@nestjs/common';
import { AssetsModule } from '../../modules/assets/index.js';
import { JobsModule } from '../../modules/jobs/index.js';
import { NodesModule } from '../../modules/nodes/index.js';
import { CompatController } from './compat.controller.js';
import { EnhanceController } from './enhance/enhance.controller.js';
import { EnhanceService } from './enhance/enhance.service.js';
import { GenerateService } from './generate.service.js';
import { SyncService } from './sync.service.js';
import { ViewController } from './view.controller.js';

@Module({
  imports: [AssetsModule, JobsModule, NodesModule],
  controllers: [CompatController, EnhanceController, ViewController],
  providers: [EnhanceService, GenerateService, SyncService],
})
export class Compat5014Module {}
