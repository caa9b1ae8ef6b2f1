import { type DynamicModule, Module } from '@nestjs/common';
import { Compat5014Module } from './doors/compat-5014/index.js';
import { DispatchModule } from './modules/dispatch/index.js';
import { JobsModule } from './modules/jobs/index.js';
import { LoginModule } from './doors/login/index.js';
import { MaintenanceModule } from './modules/maintenance/index.js';
import { McpModule } from './doors/mcp/index.js';
import { NativeModule } from './doors/native/index.js';
import { NodesModule } from './modules/nodes/index.js';
import { OpenAiModule } from './doors/openai/index.js';
import { OpsModule } from './doors/ops/index.js';
import { AccessModule } from './modules/access/index.js';
import { ApiV2Module } from './doors/api-v2/index.js';
import { V1Module } from './doors/v1/index.js';
import { WebhooksModule } from './doors/webhooks/index.js';
import { WorkflowsModule } from './modules/workflows/index.js';
import { type Door, DoorKitModule } from './doors/kit/index.js';
import { ClusterModule } from './platform/cluster/index.js';
import { PlatformModule, type PlatformModuleOptions } from './platform/platform.module.js';
import { SecretsModule } from './platform/secrets/index.js';
import { SiteModule } from './platform/site/index.js';
import { StorageModule } from './platform/storage/index.js';

@Module({})
export class AppModule {
  static forRoot(options: PlatformModuleOptions, doors: readonly Door[]): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.forRoot(options),
        StorageModule,
        SiteModule,
        DoorKitModule.forRoot(doors),
        ClusterModule,
        SecretsModule,
        WorkflowsModule.forRoot({ directory: options.config.WORKFLOWS_DIR }),
        NodesModule,
        AccessModule,
        JobsModule,
        DispatchModule,
        WebhooksModule,
        MaintenanceModule,
        OpsModule,
        V1Module,
        ApiV2Module,
        OpenAiModule,
        LoginModule,
        McpModule,
        Compat5014Module,
        NativeModule,
      ],
    };
  }
}
