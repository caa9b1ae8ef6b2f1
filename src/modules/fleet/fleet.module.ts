import { Module } from '@nestjs/common';
import { NodesModule } from '../nodes/index.js';
import { ClusterFactsService } from './cluster-facts.service.js';
import { WorkflowReader } from './workflow-reader.js';
import { ObjectInfoService } from './object-info.service.js';

/** The cluster as one ComfyUI: union of the nodes' schemas, choices, models and machines. */
@Module({
  imports: [NodesModule],
  providers: [ClusterFactsService, ObjectInfoService, WorkflowReader],
  exports: [ClusterFactsService, ObjectInfoService, WorkflowReader],
})
export class FleetModule {}
