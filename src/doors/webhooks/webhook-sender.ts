/** Delivers the news that a job has ended. What it throws is tried again later. */
import { SpanKind } from '@opentelemetry/api';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
import { z } from 'zod';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { SecretBox } from '../../platform/secrets/index.js';
import { traceIdOf, Tracing } from '../../platform/tracing/index.js';
import { packageVersion } from '../../platform/version.js';
import { JobsService, type JobView } from '../../modules/jobs/index.js';
import { refusalOfTarget } from '../../platform/outgoing/index.js';
import { parseUrl } from '../../platform/outside-text/index.js';
import { bodyOf, detailOf, OutputLinks } from '../kit/index.js';
import { signatureOf } from './signature.js';
import { WebhookClient } from './webhook-client.js';

/** What the database enqueued when the job ended. */
const taskSchema = z.object({
  eventId: z.string(),
  jobId: z.string(),
  url: z.string(),
  baseUrl: z.string(),
  secret: z.string().nullable(),
});
type Task = z.infer<typeof taskSchema>;

type Result = 'delivered' | 'failed' | 'given_up';
const gone = 410;

@Injectable()
export class WebhookSender implements OnModuleDestroy {
  private readonly client: WebhookClient;
  private readonly results: Counter<'result'>;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(SecretBox) private readonly secretBox: SecretBox,
    @Inject(Tracing) private readonly tracing: Tracing,
    @Inject(Registry) registry: Registry,
    @Inject(LOGGER) private readonly log: Logger,
    @Inject(OutputLinks) private readonly links: OutputLinks,
  ) {
    this.client = new WebhookClient(config.WEBHOOK_TIMEOUT_MS, config.OUTGOING_HOSTS);
    this.results = new Counter({
      name: 'comfymux_webhooks_total',
      help: 'Tries to deliver a webhook: `delivered`, `failed` (tried again later) or `given_up`.',
      labelNames: ['result'],
      registers: [registry],
    });
    for (const result of ['delivered', 'failed', 'given_up'] satisfies Result[])
      this.results.inc({ result }, 0);
  }

  async onModuleDestroy(): Promise<void> {
    await this.client.close();
  }

  async deliver(payload: unknown, { no, isLast }: { no: number; isLast: boolean }): Promise<void> {
    const task = taskSchema.parse(payload);
    const view = await this.jobs.get(task.jobId);
    // A job that was forgotten meanwhile has nothing to tell.
    if (!view) return;
    const failure = await this.send(task, view);
    if (failure === null) return this.note('delivered', task, view, {});
    const isGivenUp = isLast || failure.isFinal;
    this.note(isGivenUp ? 'given_up' : 'failed', task, view, { tried: no, reason: failure.reason });
    if (!failure.isFinal) throw new Error(failure.reason);
  }

  private async send(task: Task, view: JobView): Promise<{ reason: string; isFinal: boolean } | null> {
    const refusal = refusalOfTarget(task.url, {
      only: this.config.WEBHOOK_HOSTS,
      open: this.config.OUTGOING_HOSTS,
    });
    if (refusal !== null) return { reason: `the address ${refusal}`, isFinal: true };
    const span = this.tracing.begin('webhook', {
      parent: view.traceparent,
      kind: SpanKind.CLIENT,
      attributes: { 'comfymux.job.id': view.id, 'server.address': receiverOf(task) },
    });
    try {
      // No key vouches: whoever it was has been answered long ago.
      const document = bodyOf(view, this.links.below(task.baseUrl, null), null);
      const body = JSON.stringify(detailOf(document, await this.jobs.attempts(view)));
      const traceparent = span ? this.tracing.traceparentOf(span) : view.traceparent;
      const status = await this.client.post(task.url, await this.headersOf(task, body, traceparent), body);
      span?.setAttribute('http.response.status_code', status);
      return status >= 200 && status < 300
        ? null
        : { reason: `the receiver answered ${status}`, isFinal: status === gone };
    } catch (error) {
      return { reason: error instanceof Error ? error.message : 'it could not be sent', isFinal: false };
    } finally {
      span?.end();
    }
  }

  private async headersOf(
    { eventId, secret }: Task,
    body: string,
    traceparent: string | null,
  ): Promise<Record<string, string>> {
    const timestampS = Math.floor(Date.now() / 1000);
    const plain = secret === null ? null : await this.secretBox.unseal(Buffer.from(secret, 'base64'));
    return {
      'content-type': 'application/json',
      'user-agent': `comfymux/${packageVersion}`,
      'webhook-id': eventId,
      'webhook-timestamp': String(timestampS),
      ...(plain !== null && { 'webhook-signature': signatureOf(plain, eventId, timestampS, body) }),
      ...(traceparent !== null && { traceparent }),
    };
  }

  private note(result: Result, task: Task, view: JobView, more: object): void {
    this.results.inc({ result });
    const traceId = traceIdOf(view.traceparent) ?? undefined;
    // The host alone: the rest of an address may be a secret.
    const entry = { job: view.id, receiver: receiverOf(task), event: task.eventId, traceId, ...more };
    if (result === 'delivered') this.log.debug(entry, 'webhook delivered');
    else
      this.log.warn(
        entry,
        result === 'failed' ? 'a webhook could not be delivered yet' : 'a webhook was given up',
      );
  }
}

const receiverOf = ({ url }: Task): string => parseUrl(url)?.host ?? 'unknown';
