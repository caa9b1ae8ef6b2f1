/** A server of files that may lie: each path has its own manners. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { LocalServer } from './local-server.js';

export class FileServer extends LocalServer {
  readonly asked: { path: string; ifNoneMatch: string | undefined }[] = [];
  private readonly manners = new Map<string, RequestListener>();

  on(path: string, listener: RequestListener): this {
    this.manners.set(path, listener);
    return this;
  }

  protected take(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    this.asked.push({ path, ifNoneMatch: request.headers['if-none-match'] });
    const listener = this.manners.get(path);
    if (listener) listener(request, response);
    else response.writeHead(404).end();
  }
}
