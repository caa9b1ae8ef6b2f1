import { Module } from '@nestjs/common';
import { DiscoveryMetrics } from './discovery/discovery.metrics.js';
import { DiscoveryService } from './discovery/discovery.service.js';
import { NodesService } from './nodes.service.js';
import { NodesStore } from './nodes.store.js';
import { PoolsStore } from './pools.store.js';
import { RegistryStore } from './registry.store.js';

@Module({
  providers: [NodesService, NodesStore, PoolsStore, RegistryStore, DiscoveryService, DiscoveryMetrics],
  exports: [NodesService, NodesStore, PoolsStore],
})
export class NodesModule {}
