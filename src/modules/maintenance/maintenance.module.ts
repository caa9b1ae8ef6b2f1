import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { AssetsModule } from '../assets/index.js';
import { Housekeeping } from './housekeeping.js';

@Module({ imports: [ScheduleModule.forRoot(), AssetsModule], providers: [Housekeeping] })
export class MaintenanceModule {}
