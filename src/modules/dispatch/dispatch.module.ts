import { Module } from '@nestjs/common';
import { AssetsModule } from '../assets/index.js';
import { JobsModule } from '../jobs/index.js';
import { NodesModule } from '../nodes/index.js';
import { AccessModule } from '../access/index.js';
import { AgentsService } from './agents/agents.service.js';
import { Collector } from './agents/results/collector.js';
import { DispatchMetrics } from './dispatch.metrics.js';
import { LateSuccesses } from './agents/late-successes.js';
import { Leader } from './leader/leader.js';
import { PreviewRelay } from './relay/preview-relay.js';
import { PromptPreparer } from './agents/prompt.js';
import { Retirement } from './agents/retirement.js';
import { RunEvents } from './relay/run-events.js';
import { RunMetrics } from './agents/run.metrics.js';
import { TenantMetrics } from './tenant.metrics.js';
import { Settler } from './agents/settler.js';

@Module({
  imports: [AssetsModule, JobsModule, NodesModule, AccessModule],
  providers: [
    AgentsService,
    Collector,
    DispatchMetrics,
    LateSuccesses,
    Leader,
    PreviewRelay,
    PromptPreparer,
    Retirement,
    RunEvents,
    RunMetrics,
    Settler,
    TenantMetrics,
  ],
  exports: [RunEvents],
})
export class DispatchModule {}
