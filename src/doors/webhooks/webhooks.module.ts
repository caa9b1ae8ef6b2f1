import { Module } from '@nestjs/common';
import { DeliveriesModule } from '../../modules/deliveries/index.js';
import { JobsModule } from '../../modules/jobs/index.js';
import { WebhookMessages } from './webhook-messages.js';
import { WebhookSender } from './webhook-sender.js';
import { WebhookWorker } from './webhook-worker.js';

@Module({
  imports: [DeliveriesModule, JobsModule],
  providers: [WebhookMessages, WebhookSender, WebhookWorker],
})
export class WebhooksModule {}
