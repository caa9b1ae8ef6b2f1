/** Whoever is told when a job has ended: keeps what comes, and answers as it is set to. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { LocalServer } from './local-server.js';

export interface ReceivedWebhook {
  path: string;
  headers: Record<string, string>;
  body: string;
}

export class WebhookReceiver extends LocalServer {
  readonly received: ReceivedWebhook[] = [];
  /** `hang` never answers. */
  answer: number | 'hang' = 200;

  at(path: string): ReceivedWebhook[] {
    return this.received.filter((webhook) => webhook.path === path);
  }

  protected async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    this.received.push({ path: request.url ?? '', headers: request.headers as Record<string, string>, body });
    if (this.answer !== 'hang') response.writeHead(this.answer, { location: '/redirected' }).end('thanks');
  }
}
