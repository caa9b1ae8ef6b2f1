/** Turns a caller's wish to be told into what is kept with the job: the secret sealed, the address checked. */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../../../platform/config/index.js';
import { Fault } from '../../../../platform/fault.js';
import { SecretBox } from '../../../../platform/secrets/index.js';
import type { NewWebhook } from '../../record/submit/new-job.js';
import { refusalOfTarget } from '../../../../platform/outgoing/index.js';

export interface WebhookOrder {
  url: string;
  secret?: string | undefined;
  events?: NewWebhook['events'] | undefined;
}

@Injectable()
export class WebhookIntake {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(SecretBox) private readonly secretBox: SecretBox,
  ) {}

  /** `baseUrl` is that of the links in what is sent. Fault unprocessable. */
  async take(wish: WebhookOrder | undefined, baseUrl: string): Promise<NewWebhook | undefined> {
    if (!wish) return undefined;
    const refusal = refusalOfTarget(wish.url, {
      only: this.config.WEBHOOK_HOSTS,
      open: this.config.OUTGOING_HOSTS,
    });
    if (refusal !== null)
      throw new Fault('unprocessable', 'The request does not fit its schema.', [
        { pointer: '/webhook/url', detail: refusal },
      ]);
    const secret = wish.secret === undefined ? null : await this.secretBox.seal(wish.secret);
    return { url: wish.url, baseUrl, secret, ...(wish.events && { events: wish.events }) };
  }
}
