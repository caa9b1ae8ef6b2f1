import { Module } from '@nestjs/common';
import { NodesController } from './nodes.controller.js';
import { NodesService } from './nodes.service.js';
import { NodesStore } from './nodes.store.js';
import { ReadinessController } from './readiness.controller.js';

@Module({
  controllers: [NodesController, ReadinessController],
  providers: [NodesService, NodesStore],
  exports: [NodesService],
})
export class NodesModule {}
