import { Module } from '@nestjs/common';
import { AssetsModule } from '../assets/index.js';
import { JobsModule } from '../jobs/index.js';
import { NodesModule } from '../nodes/index.js';
import { AccessModule } from '../access/index.js';
import { AgentsService } from './agents.service.js';
import { Collector } from './collector.js';
import { DispatchMetrics } from './dispatch.metrics.js';
import { LateSuccesses } from './late-successes.js';
import { Leader } from './leader.js';
import { PreviewRelay } from './preview-relay.js';
import { PromptPreparer } from './prompt.js';
import { Retirement } from './retirement.js';
import { RunEvents } from './run-events.js';
import { RunMetrics } from './run.metrics.js';
import { Settler } from './settler.js';

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
  ],
  exports: [RunEvents],
})
export class DispatchModule {}
