import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { JobsModule } from '../jobs/index.js';
import { NodesModule } from '../nodes/index.js';
import { ClusterMetrics } from './cluster.metrics.js';
import { MetricsController } from './metrics.controller.js';
import { ProbesController } from './probes.controller.js';
import { VersionController } from './version.controller.js';

@Module({
  imports: [TerminusModule.forRoot({ logger: false }), JobsModule, NodesModule],
  controllers: [MetricsController, ProbesController, VersionController],
  providers: [ClusterMetrics],
})
export class OpsModule {}
