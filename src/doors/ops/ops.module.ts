import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { JobsModule } from '../../modules/jobs/index.js';
import { NodesModule } from '../../modules/nodes/index.js';
import { MetricsController } from './metrics.controller.js';
import { NodeMetrics } from './node.metrics.js';
import { ProbesController } from './probes.controller.js';
import { QueueMetrics } from './queue.metrics.js';
import { RecordMetrics } from './record.metrics.js';
import { ReplicaMetrics } from './replica.metrics.js';
import { ScalingMetrics } from './scaling.metrics.js';
import { VersionController } from './version.controller.js';

@Module({
  imports: [TerminusModule.forRoot({ logger: false }), JobsModule, NodesModule],
  controllers: [MetricsController, ProbesController, VersionController],
  providers: [NodeMetrics, QueueMetrics, RecordMetrics, ReplicaMetrics, ScalingMetrics],
})
export class OpsModule {}
