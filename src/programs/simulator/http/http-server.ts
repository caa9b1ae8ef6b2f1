import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer, type WebSocket } from 'ws';
import type { ServerContext } from '../execution/server-context.js';
import { bare, BodyTooLarge, serverError, text, toRequest, type Reply } from './message.js';
import { originAllowed } from './origin-check.js';
import type { Router } from './router.js';

const incomingMessageBytesMax = 4 * 1024 * 1024;
const forever = 2 ** 31 - 1;

/** Turns requests into answers with the server's headers and generic errors, and upgrades `/ws`. */
export class SimulatedHttp {
  readonly server: Server;
  private readonly upgrader = new WebSocketServer({
    noServer: true,
    maxPayload: incomingMessageBytesMax,
    perMessageDeflate: false,
  });

  constructor(
    private readonly context: ServerContext,
    private readonly router: Router,
    private readonly control: Router,
  ) {
    this.server = createServer(
      { keepAliveTimeout: 75_000, requestTimeout: 0 },
      (message, response) => void this.answer(message, response).catch(() => response.destroy()),
    );
    // A server thread that fails breaks its connection, and nothing else.
    this.server.on('upgrade', (message, socket: Socket, head) => {
      socket.on('error', () => socket.destroy());
      this.upgrade(message, socket, head).catch(() => socket.destroy());
    });
  }

  dropWebSockets(): void {
    for (const socket of this.upgrader.clients) socket.terminate();
  }

  private async answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = targetOf(message);
    const reply = url.pathname.startsWith('/__sim/')
      ? this.run(this.control, message, url)
      : this.reply(message, url);
    await send(message, response, await reply.catch(toErrorReply));
    // What is left of a refused body is read and forgotten; a reset would keep the client from seeing the refusal.
    message.resume();
  }

  private async reply(message: IncomingMessage, url: URL): Promise<Reply> {
    if (!originAllowed(message.headers, this.context.features)) return bare(403);
    const refused = await this.strikeRoute(message.method ?? 'GET', url.pathname);
    return refused ?? this.run(this.router, message, url);
  }

  private async run(router: Router, message: IncomingMessage, url: URL): Promise<Reply> {
    const match = router.match(message.method ?? 'GET', url.pathname);
    if ('reply' in match) return match.reply;
    return match.handle(toRequest(message, url, match.params, this.context.settings.maxUploadBytes));
  }

  /** Slows or refuses the request when a fault for its path is armed. */
  private async strikeRoute(method: string, path: string): Promise<Reply | undefined> {
    const { faults, life } = this.context;
    const bareRoute = path.startsWith('/api/') && !path.startsWith('/api/jobs') ? path.slice(4) : path;
    const fits = (spec: { path: string; method?: string }): boolean =>
      (path.startsWith(spec.path) || bareRoute.startsWith(spec.path)) && (spec.method ?? method) === method;
    const slow = faults.take('slow-route', fits);
    if (slow !== undefined) {
      const signal = AbortSignal.any([slow.cleared, life.ended]);
      await sleep(slow.spec.delayMs ?? forever, undefined, { signal }).catch(() => undefined);
    }
    const failing = faults.take('fail-route', fits);
    if (failing === undefined) return undefined;
    const { status = 500, body } = failing.spec;
    return body === undefined && status === 500 ? serverError : text(body ?? '', status);
  }

  private async upgrade(message: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const url = targetOf(message);
    const isSocketPath = url.pathname === '/ws' || url.pathname === '/api/ws';
    const allowed = originAllowed(message.headers, this.context.features);
    const refused = allowed ? await this.strikeRoute('GET', url.pathname) : bare(403);
    if (!isSocketPath || refused !== undefined) {
      socket.end(
        `HTTP/1.1 ${refused?.status ?? 404} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
      );
      return;
    }
    this.upgrader.handleUpgrade(message, socket, head, (client: WebSocket) => {
      this.context.life.hub.connect(client, url.searchParams.get('clientId'));
    });
  }
}

const toErrorReply = (error: unknown): Reply =>
  error instanceof BodyTooLarge ? text(error.message, 413) : serverError;

async function send(message: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> {
  if (reply.hangUp === true || (message.destroyed && !message.complete)) {
    message.socket.destroy();
    return;
  }
  const length = lengthOf(reply);
  response.writeHead(reply.status, {
    ...reply.headers,
    ...(tellsLength(reply) && { 'Content-Length': String(length) }),
    Server: 'Python/3.11 aiohttp/3.14.3',
  });
  if (message.method === 'HEAD' || reply.file === undefined || length === 0) {
    response.end(message.method === 'HEAD' ? undefined : reply.body);
    return;
  }
  await pipeline(
    createReadStream(reply.file.path, { start: reply.file.start, end: reply.file.end }),
    response,
  ).catch(() => response.destroy());
}

const lengthOf = ({ file, body }: Reply): number =>
  file === undefined ? Buffer.byteLength(body ?? '') : file.end - file.start + 1;

const tellsLength = ({ headers, status }: Reply): boolean =>
  headers?.['Transfer-Encoding'] === undefined && status !== 304 && status !== 204;

/** A target that is no URL, such as `//`, is one that nothing is found under. */
function targetOf({ url = '/' }: IncomingMessage): URL {
  return new URL(URL.canParse(url, 'http://node') ? url : '/not-a-path', 'http://node');
}
