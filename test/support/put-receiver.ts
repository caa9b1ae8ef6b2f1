/** A place on this machine that results are PUT to: keeps what comes, and answers as it is set to. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface ReceivedFile {
  path: string;
  type: string | undefined;
  bytes: Buffer;
}

export class PutReceiver {
  readonly received: ReceivedFile[] = [];
  /** `hang` takes the file and never answers. */
  answer: number | 'hang' = 200;
  private readonly server = createServer((request, response) => void this.take(request, response));

  async start(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  at(path: string): ReceivedFile[] {
    return this.received.filter((file) => file.path === path);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await buffer(request);
    if (request.method !== 'PUT' || Number(request.headers['content-length']) !== bytes.length) {
      response.writeHead(411).end();
      return;
    }
    this.received.push({ path: request.url ?? '', type: request.headers['content-type'], bytes });
    if (this.answer !== 'hang') response.writeHead(this.answer, { location: '/moved' }).end();
  }
}
