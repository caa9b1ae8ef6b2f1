import { createServer, type Server, type Socket } from 'node:net';
import type { Server as HttpServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const portRetries = 50;
const portRetryMs = 100;

/** The port of one server life, apart from the HTTP server, so that it can refuse newcomers while old connections go on. */
export class Listener {
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();

  constructor(private readonly http: HttpServer) {}

  /** Returns the port. A fixed port that somebody holds is tried for some seconds, as after a restart. */
  async listen(port: number, host: string): Promise<number> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.tryListen(port, host);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt >= portRetries) throw error;
        await sleep(portRetryMs);
      }
    }
  }

  /** New connections are refused from now on. */
  refuse(): void {
    this.server?.close();
    this.server = undefined;
  }

  dropSockets(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.refuse();
    this.dropSockets();
  }

  private tryListen(port: number, host: string): Promise<number> {
    const server = createServer((socket) => this.accept(socket));
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        this.server = server;
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    this.http.emit('connection', socket);
  }
}
