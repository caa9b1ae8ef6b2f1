import { Module } from '@nestjs/common';
import { DiscoveryMetrics } from './discovery/discovery.metrics.js';
import { DiscoveryService } from './discovery/discovery.service.js';
import { NodesController } from './nodes.controller.js';
import { NodesService } from './nodes.service.js';
import { NodesStore } from './nodes.store.js';
import { ReadinessController } from './readiness.controller.js';
import { RegistryStore } from './registry.store.js';

@Module({
  controllers: [NodesController, ReadinessController],
  providers: [NodesService, NodesStore, RegistryStore, DiscoveryService, DiscoveryMetrics],
  exports: [NodesService],
})
export class NodesModule {}
