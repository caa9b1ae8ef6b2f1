export * from './domain/index.js';
export { randomSeed } from './random-seed.js';
export { WorkflowCatalogue } from './workflow-catalogue.js';
export { WorkflowFilesError } from './workflow-files.js';
export { WorkflowsModule, type WorkflowsOptions } from './workflows.module.js';
export { WorkflowLibrary } from './library/workflow-library.js';
export { WorkflowLibraryModule } from './library/library.module.js';
