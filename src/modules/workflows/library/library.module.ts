import { Module } from '@nestjs/common';
import { WorkflowLibrary } from './workflow-library.js';
import { WorkflowVersionsStore } from './workflow-versions.store.js';

/** Versions and channels of named workflows, in the database. */
@Module({ providers: [WorkflowLibrary, WorkflowVersionsStore], exports: [WorkflowLibrary] })
export class WorkflowLibraryModule {}
