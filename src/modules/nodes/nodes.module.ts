import { Module } from '@nestjs/common';
import { ClusterInventory } from './cluster-inventory.js';
import { DiscoveryMetrics } from './discovery/discovery.metrics.js';
import { DiscoveryService } from './discovery/discovery.service.js';
import { SourceWriters } from './discovery/source-writers.js';
import { EnvNodes } from './registry/env-nodes.js';
import { Monitors } from './watching/monitors.js';
import { NodeTruths } from './truth/node-truths.js';
import { NodesService } from './nodes.service.js';
import { NodesStore } from './nodes.store.js';
import { PoolsStore } from './pools.store.js';
import { RegistryStore } from './registry/registry.store.js';
import { TruthStore } from './truth/truth.store.js';

@Module({
  providers: [
    ClusterInventory,
    NodesService,
    NodesStore,
    NodeTruths,
    TruthStore,
    PoolsStore,
    RegistryStore,
    DiscoveryService,
    SourceWriters,
    EnvNodes,
    Monitors,
    DiscoveryMetrics,
  ],
  exports: [ClusterInventory, NodesService, NodesStore, PoolsStore],
})
export class NodesModule {}
