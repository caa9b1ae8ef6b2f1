import { type DynamicModule, Module } from '@nestjs/common';
import { Compat5014Module } from './modules/compat-5014/index.js';
import { DispatchModule } from './modules/dispatch/index.js';
import { JobsModule } from './modules/jobs/index.js';
import { MaintenanceModule } from './modules/maintenance/index.js';
import { NativeModule } from './modules/native/index.js';
import { NodesModule } from './modules/nodes/index.js';
import { OpsModule } from './modules/ops/index.js';
import { TenantsModule } from './modules/tenants/index.js';
import { WebhooksModule } from './modules/webhooks/index.js';
import { WorkflowsModule } from './modules/workflows/index.js';
import { ClusterModule } from './platform/cluster/index.js';
import { PlatformModule, type PlatformModuleOptions } from './platform/platform.module.js';
import { SecretsModule } from './platform/secrets/index.js';

@Module({})
export class AppModule {
  static forRoot(options: PlatformModuleOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.forRoot(options),
        ClusterModule,
        SecretsModule,
        WorkflowsModule.forRoot({ directory: options.config.WORKFLOWS_DIR }),
        NodesModule,
        TenantsModule,
        JobsModule,
        DispatchModule,
        WebhooksModule,
        MaintenanceModule,
        OpsModule,
        Compat5014Module,
        NativeModule,
      ],
    };
  }
}
