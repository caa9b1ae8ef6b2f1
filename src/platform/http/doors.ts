/**
 * The servers that listen, and how they are left. While new connections go to other replicas already, every answer asks its
 * client to connect anew; then idle connections are closed, and what is under way is answered to its end.
 */
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

/** What a server needs that is left this way: Fastify refuses or cuts what comes on open connections by default. */
export const answersToTheEnd = { return503OnClosing: false, forceCloseConnections: 'idle' } as const;

@Injectable()
export class Doors implements BeforeApplicationShutdown {
  private readonly servers: FastifyInstance[] = [];
  private leaving = false;
  private readonly closing = new AbortController();

  get isLeaving(): boolean {
    return this.leaving;
  }

  /** Aborted when whoever waits for something to happen must be answered that it did not. */
  get lastCall(): AbortSignal {
    return this.closing.signal;
  }

  /** Before the server listens. */
  add(server: FastifyInstance): void {
    server.addHook('onSend', (_request, reply, payload, done) => {
      if (this.leaving) void reply.header('connection', 'close');
      done(null, payload);
    });
    this.servers.push(server);
  }

  leave(patienceMs: number): void {
    this.leaving = true;
    if (patienceMs > 0) setTimeout(() => this.closing.abort(), patienceMs).unref();
    else this.closing.abort();
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (!this.leaving) this.leave(0);
    await Promise.all(this.servers.map(async (server) => server.close()));
  }
}
