import { Module } from '@nestjs/common';
import { JobsModule } from '../jobs/index.js';
import { DeliveriesStore } from './deliveries.store.js';
import { FilePlaces } from './file-places.js';
import { FileSender } from './file-sender.js';

@Module({
  imports: [JobsModule],
  providers: [DeliveriesStore, FilePlaces, FileSender],
  exports: [DeliveriesStore, FileSender],
})
export class DeliveriesModule {}
