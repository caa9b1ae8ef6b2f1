/** What a receiver is sent: the job, which event it is of, and the headers of Standard Webhooks. */
import { Inject, Injectable } from '@nestjs/common';
import { SecretBox } from '../../platform/secrets/index.js';
import { packageVersion } from '../../platform/version.js';
import type { OutgoingDelivery } from '../../modules/deliveries/index.js';
import { JobsService, type JobView } from '../../modules/jobs/index.js';
import { bodyOf, detailOf, OutputLinks } from '../kit/index.js';
import { signatureOf } from './signature.js';
import { withEvent } from './told-event.js';

@Injectable()
export class WebhookMessages {
  constructor(
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(SecretBox) private readonly secretBox: SecretBox,
    @Inject(OutputLinks) private readonly links: OutputLinks,
  ) {}

  async body(delivery: OutgoingDelivery, view: JobView): Promise<string> {
    // No key vouches: whoever it was has been answered long ago.
    const job = bodyOf(view, this.links.below(delivery.wish.baseUrl, null), null);
    return JSON.stringify(withEvent(detailOf(job, await this.jobs.attempts(view)), delivery));
  }

  async headers(
    { id, secret }: OutgoingDelivery,
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
