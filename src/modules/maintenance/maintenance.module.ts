import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { AccessModule } from '../access/index.js';
import { AssetsModule } from '../assets/index.js';
import { JobsModule } from '../jobs/index.js';
import { NodesModule } from '../nodes/index.js';
import { Archiving } from './archiving.js';
import { Chores } from './chores.js';
import { FileChores } from './file-chores.js';
import { RecordChores } from './record-chores.js';

@Module({
  imports: [ScheduleModule.forRoot(), AccessModule, AssetsModule, JobsModule, NodesModule],
  providers: [Archiving, Chores, FileChores, RecordChores],
})
export class MaintenanceModule {}
