import { type DynamicModule, Module } from '@nestjs/common';
import { WorkflowCatalogue } from './workflow-catalogue.js';

export interface WorkflowsOptions {
  /** Folder of `<name>.json` and `<name>.manifest.json`. */
  directory: string;
}

/** Provides `WorkflowCatalogue`; the application does not start with a broken workflow in the folder. */
@Module({})
export class WorkflowsModule {
  static forRoot({ directory }: WorkflowsOptions): DynamicModule {
    return {
      module: WorkflowsModule,
      global: true,
      providers: [{ provide: WorkflowCatalogue, useFactory: () => WorkflowCatalogue.load(directory) }],
      exports: [WorkflowCatalogue],
    };
  }
}
