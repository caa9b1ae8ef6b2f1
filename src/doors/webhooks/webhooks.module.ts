import { Module } from '@nestjs/common';
import { JobsModule } from '../../modules/jobs/index.js';
import { WebhookSender } from './webhook-sender.js';
import { WebhookWorker } from './webhook-worker.js';

@Module({ imports: [JobsModule], providers: [WebhookSender, WebhookWorker] })
export class WebhooksModule {}
