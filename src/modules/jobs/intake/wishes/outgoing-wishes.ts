/** What a caller wants to go out of a job: news of it, and its results. */
import { Inject, Injectable } from '@nestjs/common';
import type { DeliverWish, NewWebhook } from '../../record/submit/new-job.js';
import { DeliverIntake } from './deliver-intake.js';
import { WebhookIntake, type WebhookOrder } from './webhook-intake.js';

@Injectable()
export class OutgoingWishes {
  constructor(
    @Inject(WebhookIntake) private readonly webhooks: WebhookIntake,
    @Inject(DeliverIntake) private readonly deliveries: DeliverIntake,
  ) {}

  /** `baseUrl` is that of the links in what is sent. Fault unprocessable. */
  async take(
    { webhook, deliver }: { webhook?: WebhookOrder | undefined; deliver?: DeliverWish | undefined },
    baseUrl: string,
  ): Promise<{ webhook: NewWebhook | undefined; deliver: DeliverWish | undefined }> {
    return {
      webhook: await this.webhooks.take(webhook, baseUrl),
      deliver: this.deliveries.take(deliver),
    };
  }
}
