/**
 * The servers that listen, and how they are left. While new connections go to other replicas already, every answer asks its
 * client to connect anew; then idle connections are closed, and what is under way is answered to its end.
 */
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { LastCall } from '../../../platform/lifecycle/index.js';

/** What a server needs that is left this way: Fastify refuses or cuts what comes on open connections by default. */
export const answersToTheEnd = { return503OnClosing: false, forceCloseConnections: 'idle' } as const;

@Injectable()
export class OpenPorts implements BeforeApplicationShutdown {
  private readonly servers: FastifyInstance[] = [];

  constructor(@Inject(LastCall) private readonly lastCall: LastCall) {}

  /** Before the server listens. */
  add(server: FastifyInstance): void {
    server.addHook('onSend', (_request, reply, payload, done) => {
      if (this.lastCall.isLeaving) void reply.header('connection', 'close');
      done(null, payload);
    });
    this.servers.push(server);
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (!this.lastCall.isLeaving) this.lastCall.leave(0);
    await Promise.all(this.servers.map(async (server) => server.close()));
  }
}
