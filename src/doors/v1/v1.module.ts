import { Module } from '@nestjs/common';
import { AccessModule } from '../../modules/access/index.js';
import { AssetsModule } from '../../modules/assets/index.js';
import { DeliveriesModule } from '../../modules/deliveries/index.js';
import { FleetModule } from '../../modules/fleet/index.js';
import { JobsModule } from '../../modules/jobs/index.js';
import { WorkflowLibraryModule } from '../../modules/workflows/index.js';
import { NodesModule } from '../../modules/nodes/index.js';
import { AuditController } from './access/audit.controller.js';
import { KeysController } from './access/keys.controller.js';
import { LinksController } from './access/links.controller.js';
import { LoginsController } from './access/logins.controller.js';
import { TokensController } from './access/tokens.controller.js';
import { MeController } from './access/me.controller.js';
import { AssetsController } from './assets/assets.controller.js';
import { BatchSubmissions } from './batches/batch-submissions.js';
import { BatchDeliveriesController } from './batches/batch-deliveries.controller.js';
import { BatchesController } from './batches/batches.controller.js';
import { ForecastController } from './jobs/forecast.controller.js';
import { JobSubmissions } from './jobs/job-submissions.js';
import { EventsModule } from './events/events.module.js';
import { FiguresModule } from './figures/figures.module.js';
import { DeliveriesController } from './jobs/deliveries.controller.js';
import { JobDeedsController } from './jobs/job-deeds.controller.js';
import { JobGraphController } from './jobs/job-graph.controller.js';
import { JobsController } from './jobs/jobs.controller.js';
import { NodesController } from './nodes/nodes.controller.js';
import { ReadinessController } from './nodes/readiness.controller.js';
import { ScalingController } from './scaling/scaling.controller.js';
import { TenantsController } from './tenants/tenants.controller.js';
import { UsageController } from './usage/usage.controller.js';
import { WorkflowVersionsController } from './workflows/workflow-versions.controller.js';
import { RunController } from './workflows/run.controller.js';
import { RunInputs } from './workflows/run-inputs.js';
import { WorkflowMakingController } from './workflows/workflow-making.controller.js';
import { WorkflowsController } from './workflows/workflows.controller.js';

/** Our own API: what no existing contract has. */
@Module({
  imports: [
    AccessModule,
    AssetsModule,
    DeliveriesModule,
    EventsModule,
    FiguresModule,
    FleetModule,
    JobsModule,
    NodesModule,
    WorkflowLibraryModule,
  ],
  controllers: [
    AssetsController,
    BatchDeliveriesController,
    BatchesController,
    DeliveriesController,
    ForecastController,
    JobDeedsController,
    JobGraphController,
    JobsController,
    AuditController,
    KeysController,
    LinksController,
    LoginsController,
    MeController,
    NodesController,
    ReadinessController,
    ScalingController,
    TenantsController,
    TokensController,
    UsageController,
    RunController,
    WorkflowMakingController,
    WorkflowVersionsController,
    WorkflowsController,
  ],
  providers: [BatchSubmissions, JobSubmissions, RunInputs],
})
export class V1Module {}
