import { Module } from '@nestjs/common';
import { AccessModule } from '../../modules/access/index.js';
import { AssetsModule } from '../../modules/assets/index.js';
import { JobsModule } from '../../modules/jobs/index.js';
import { WorkflowLibraryModule } from '../../modules/workflows/index.js';
import { BatchTools } from './batch-tools.js';
import { JobTools } from './job-tools.js';
import { McpRoutes } from './mcp.routes.js';
import { Results } from './results.js';
import { WorkflowTools } from './workflow-tools.js';

/** Workflows as tools for assistants. */
@Module({
  imports: [AccessModule, AssetsModule, JobsModule, WorkflowLibraryModule],
  providers: [BatchTools, JobTools, McpRoutes, Results, WorkflowTools],
})
export class McpModule {}
