/** What a receiver is sent: the job or batch, which event it is of, and the headers of Standard Webhooks. */
import { Inject, Injectable } from '@nestjs/common';
import { SecretBox } from '../../platform/secrets/index.js';
import { packageVersion } from '../../platform/version.js';
import {
  DeliveriesStore,
  type OutgoingWebhook,
  type WebhookDelivery,
} from '../../modules/deliveries/index.js';
import { Batches, JobsService, type JobView } from '../../modules/jobs/index.js';
import { batchBodyOf, bodyOf, deliverOf, detailOf, OutputLinks } from '../kit/index.js';
import { signatureOf } from './signature.js';
import { withEvent } from './told-event.js';

/** What a delivery tells of: a job, or a batch of them. */
export interface Subject {
  id: string;
  traceparent: string | null;
  /** As JSON. */
  body: () => Promise<string>;
}

@Injectable()
export class WebhookMessages {
  constructor(
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(Batches) private readonly batches: Batches,
    @Inject(SecretBox) private readonly secretBox: SecretBox,
    @Inject(OutputLinks) private readonly links: OutputLinks,
    @Inject(DeliveriesStore) private readonly deliveries: DeliveriesStore,
  ) {}

  /** Null for what was forgotten meanwhile. */
  async subjectOf(delivery: WebhookDelivery): Promise<Subject | null> {
    if (delivery.kind === 'batch') return this.batchOf(delivery);
    const view = await this.jobs.get(delivery.jobId);
    return (
      view && {
        id: view.id,
        traceparent: view.traceparent,
        body: async () => this.jobBody(delivery, view),
      }
    );
  }

  private async batchOf({ jobId: id, wish }: WebhookDelivery): Promise<Subject | null> {
    const batch = await this.batches.find(id, 'job');
    return (
      batch && {
        id,
        traceparent: null,
        body: async () => JSON.stringify(batchBodyOf(batch, await this.batches.counts(batch), wish.baseUrl)),
      }
    );
  }

  private async jobBody(delivery: WebhookDelivery, view: JobView): Promise<string> {
    // No key vouches: whoever it was has been answered long ago.
    const job = bodyOf(view, this.links.below(delivery.wish.baseUrl, null), null);
    const files = view.deliver && (await this.deliveries.filesOf(view.id));
    const detail = detailOf(job, await this.jobs.attempts(view), deliverOf(view.deliver, files));
    return JSON.stringify(withEvent(detail, delivery));
  }

  async headers(
    { id, secret }: OutgoingWebhook,
    body: string,
    traceparent: string | null,
  ): Promise<Record<string, string>> {
    const timestampS = Math.floor(Date.now() / 1000);
    const plain = secret === null ? null : await this.secretBox.unseal(secret);
    return {
      'content-type': 'application/json',
      'user-agent': `comfymux/${packageVersion}`,
      'webhook-id': id,
      'webhook-timestamp': String(timestampS),
      ...(plain !== null && { 'webhook-signature': signatureOf(plain, id, timestampS, body) }),
      ...(traceparent !== null && { traceparent }),
    };
  }
}
