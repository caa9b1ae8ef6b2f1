/** Tells receivers what happened to their jobs. What it throws is tried again later. */
import { SpanKind } from '@opentelemetry/api';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type Counter, Registry } from 'prom-client';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { traceIdOf, Tracing } from '../../platform/tracing/index.js';
import {
  DeliveriesStore,
  type OutgoingWebhook,
  resultCounter,
  resultOf,
  type Try,
  type WebhookDelivery,
} from '../../modules/deliveries/index.js';
import { refusalOfTarget } from '../../platform/outgoing/index.js';
import { parseUrl } from '../../platform/outside-text/index.js';
import { WebhookClient } from './webhook-client.js';
import { type Subject, WebhookMessages } from './webhook-messages.js';

interface Tried {
  delivery: WebhookDelivery;
  subject: Subject;
  tried: Try;
}

const gone = 410;

@Injectable()
export class WebhookSender implements OnModuleDestroy {
  private readonly client: WebhookClient;
  private readonly results: Counter<'result'>;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(DeliveriesStore) private readonly deliveries: DeliveriesStore,
    @Inject(WebhookMessages) private readonly messages: WebhookMessages,
    @Inject(Tracing) private readonly tracing: Tracing,
    @Inject(Registry) registry: Registry,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.client = new WebhookClient(config.WEBHOOK_TIMEOUT_MS, config.OUTGOING_HOSTS);
    this.results = resultCounter(registry, 'comfymux_webhooks_total', 'Tries to deliver a webhook');
  }

  async onModuleDestroy(): Promise<void> {
    await this.client.close();
  }

  async deliver(id: string, { isLast }: { isLast: boolean }): Promise<void> {
    const delivery = await this.deliveries.find(id);
    const subject = delivery && (await this.messages.subjectOf(delivery));
    // A job that was forgotten meanwhile has nothing to tell.
    if (!delivery || !subject) return;
    const made = await this.send(delivery, subject);
    const tried = { ...made, isLast: isLast || made.isLast };
    await this.deliveries.noteTry(id, tried);
    this.note({ delivery, subject, tried });
    if (tried.reason !== null && !tried.isLast) throw new Error(tried.reason);
  }

  private async send(delivery: OutgoingWebhook, subject: Subject): Promise<Try> {
    const refusal = refusalOfTarget(delivery.wish.url, {
      only: this.config.WEBHOOK_HOSTS,
      open: this.config.OUTGOING_HOSTS,
    });
    if (refusal !== null) return { status: null, reason: `the address ${refusal}`, isLast: true };
    const span = this.tracing.begin('webhook', {
      parent: subject.traceparent,
      kind: SpanKind.CLIENT,
      attributes: { [`comfymux.${nounOf(delivery)}.id`]: subject.id, 'server.address': receiverOf(delivery) },
    });
    try {
      const body = await subject.body();
      const traceparent = span ? this.tracing.traceparentOf(span) : subject.traceparent;
      const headers = await this.messages.headers(delivery, body, traceparent);
      const status = await this.client.post(delivery.wish.url, headers, body);
      span?.setAttribute('http.response.status_code', status);
      const isTaken = status >= 200 && status < 300;
      return {
        status,
        reason: isTaken ? null : `the receiver answered ${status}`,
        isLast: isTaken || status === gone,
      };
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'it could not be sent';
      return { status: null, reason, isLast: false };
    } finally {
      span?.end();
    }
  }

  private note({ delivery, subject, tried }: Tried): void {
    // Progress that is lost is no loss to alert of: the next one is newer.
    const result = resultOf({ ...tried, isLast: tried.isLast && delivery.event !== 'progress' });
    this.results.inc({ result });
    const entry = {
      [nounOf(delivery)]: subject.id,
      // The host alone: the rest of an address may be a secret.
      receiver: receiverOf(delivery),
      event: delivery.id,
      type: delivery.event,
      traceId: traceIdOf(subject.traceparent) ?? undefined,
      ...(tried.reason !== null && { tried: delivery.tries + 1, reason: tried.reason }),
    };
    if (result === 'given_up') this.log.warn(entry, 'a webhook was given up');
    else if (result === 'failed') this.log.warn(entry, 'a webhook could not be delivered yet');
    else this.log.debug(entry, 'webhook delivered');
  }
}

const nounOf = ({ kind }: WebhookDelivery): string => (kind === 'batch' ? 'batch' : 'job');
const receiverOf = ({ wish }: WebhookDelivery): string => parseUrl(wish.url)?.host ?? 'unknown';
