/** A server of files that may lie: each path has its own manners. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export class FileServer {
  readonly asked: { path: string; ifNoneMatch: string | undefined }[] = [];
  private readonly manners = new Map<string, RequestListener>();
  private readonly server = createServer((request, response) => this.answer(request, response));

  async start(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  on(path: string, listener: RequestListener): this {
    this.manners.set(path, listener);
    return this;
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    this.asked.push({ path, ifNoneMatch: request.headers['if-none-match'] });
    const listener = this.manners.get(path);
    if (listener) listener(request, response);
    else response.writeHead(404).end();
  }
}
