/**
 * Holds a request while the database is away: the SDKs' `wait()` throws at the first 5xx, and then the run is lost to its caller.
 * Only what may be done twice is held, and only until something was answered.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isDatabaseUnavailable } from '../../../platform/database/index.js';
import { LastCall } from '../../../platform/lifecycle/index.js';
import type { Route } from './route.js';

/** The SDKs give up after 30 s. */
const patienceMs = 20_000;
const pauseMs = 250;

@Injectable()
export class Patience {
  constructor(@Inject(LastCall) private readonly lastCall: LastCall) {}

  /** The route, held as a whole. */
  over(route: Route): Route {
    return {
      ...route,
      handle: async (request, reply) => this.hold(reply, async () => route.handle(request, reply)),
    };
  }

  /** Tries again until it works, time is over, the caller has gone or this replica stops. Rejects with the last error. */
  async hold<T>(reply: FastifyReply, work: () => Promise<T>): Promise<T> {
    const giveUpMs = performance.now() + patienceMs;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        const isOver = performance.now() >= giveUpMs || this.lastCall.signal.aborted;
        if (isOver || !isDatabaseUnavailable(error) || reply.sent || hasGone(reply.request)) throw error;
      }
      await sleep(pauseMs, undefined, { signal: this.lastCall.signal }).catch(() => undefined);
    }
  }
}

const hasGone = ({ raw }: FastifyRequest): boolean => raw.socket.destroyed;
