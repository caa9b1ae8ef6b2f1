/** A place on this machine that results are PUT to: keeps what comes, and answers as it is set to. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { LocalServer } from './local-server.js';

export interface ReceivedFile {
  path: string;
  type: string | undefined;
  bytes: Buffer;
}

export class PutReceiver extends LocalServer {
  readonly received: ReceivedFile[] = [];
  /** `hang` takes the file and never answers. */
  answer: number | 'hang' = 200;

  at(path: string): ReceivedFile[] {
    return this.received.filter((file) => file.path === path);
  }

  protected async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await buffer(request);
    if (request.method !== 'PUT' || Number(request.headers['content-length']) !== bytes.length) {
      response.writeHead(411).end();
      return;
    }
    this.received.push({ path: request.url ?? '', type: request.headers['content-type'], bytes });
    if (this.answer !== 'hang') response.writeHead(this.answer, { location: '/moved' }).end();
  }
}
