import { Module } from '@nestjs/common';
import { DiscoveryMetrics } from './discovery/discovery.metrics.js';
import { DiscoveryService } from './discovery/discovery.service.js';
import { NodeTruths } from './truth/node-truths.js';
import { NodesService } from './nodes.service.js';
import { NodesStore } from './nodes.store.js';
import { PoolsStore } from './pools.store.js';
import { RegistryStore } from './registry/registry.store.js';
import { TruthStore } from './truth/truth.store.js';

@Module({
  providers: [
    NodesService,
    NodesStore,
    NodeTruths,
    TruthStore,
    PoolsStore,
    RegistryStore,
    DiscoveryService,
    DiscoveryMetrics,
  ],
  exports: [NodesService, NodesStore, PoolsStore],
})
export class NodesModule {}
