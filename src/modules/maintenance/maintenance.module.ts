import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { AssetsModule } from '../assets/index.js';
import { JobsModule } from '../jobs/index.js';
import { Archiving } from './archiving.js';
import { Housekeeping } from './housekeeping.js';

@Module({
  imports: [ScheduleModule.forRoot(), AssetsModule, JobsModule],
  providers: [Archiving, Housekeeping],
})
export class MaintenanceModule {}
