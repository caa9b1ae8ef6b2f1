import { Module } from '@nestjs/common';
import { AssetsModule } from '../assets/index.js';
import { JobsModule } from '../jobs/index.js';
import { NodesModule } from '../nodes/index.js';
import { AccessModule } from '../access/index.js';
import { AgentsService } from './agents/agents.service.js';
import { Collector } from './run/results/collector.js';
import { DispatchMetrics } from './dispatch.metrics.js';
import { NodeAgents } from './agents/node-agents.js';
import { OwnAttempts } from './agents/own-attempts.js';
import { RunClock } from './run/run-clock.js';
import { Runs } from './run/runs.js';
import { LateQuestions } from './agents/late-questions.js';
import { LateSuccesses } from './agents/late-successes.js';
import { DispatchWakes } from './leader/dispatch-wakes.js';
import { Feeds } from './leader/feeds/feeds.js';
import { Leader } from './leader/leader.js';
import { OrderDesk } from './leader/orders.js';
import { Outlooks } from './leader/outlooks.js';
import { OwnerCalls } from './leader/owner-calls.js';
import { PlacementNews } from './leader/placement-news.js';
import { Sessions } from './leader/sessions.js';
import { WaitEnds } from './leader/wait-ends.js';
import { PreviewRelay } from './relay/preview-relay.js';
import { PromptPreparer } from './run/prompt.js';
import { Retirement } from './agents/retirement.js';
import { RunEvents } from './relay/run-events.js';
import { RunMetrics } from './run/run.metrics.js';
import { TenantMetrics } from './tenant.metrics.js';
import { Settler } from './agents/settler.js';

@Module({
  imports: [AssetsModule, JobsModule, NodesModule, AccessModule],
  providers: [
    AgentsService,
    NodeAgents,
    OwnAttempts,
    RunClock,
    Runs,
    Collector,
    DispatchMetrics,
    LateQuestions,
    LateSuccesses,
    DispatchWakes,
    Feeds,
    Leader,
    OrderDesk,
    Outlooks,
    OwnerCalls,
    PlacementNews,
    Sessions,
    WaitEnds,
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
