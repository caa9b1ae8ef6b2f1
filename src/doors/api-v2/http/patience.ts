/**
 * Holds a request while the database is away: the SDKs' `wait()` throws at the first 5xx, and then the run is lost to its caller.
 * Only what may be done twice is held, and only until something was answered.
 */
import type { Route } from '../../kit/index.js';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LastCall } from '../../../platform/lifecycle/index.js';
import { untilBack } from '../live/until-back.js';

/** Answers what the work answers; rejects with its last error. */
export type Hold = <T>(work: () => Promise<T>) => Promise<T>;

/** The SDKs give up after 30 s. */
const patienceMs = 20_000;

@Injectable()
export class Patience {
  constructor(@Inject(LastCall) private readonly lastCall: LastCall) {}

  /** The route, held as a whole. */
  over(route: Route): Route {
    return {
      ...route,
      handle: async (request, reply) => this.of(reply)(async () => route.handle(request, reply)),
    };
  }

  /** For all parts of one request together: each is tried until it works, time is over, the caller has gone or this replica stops. */
  of(reply: FastifyReply): Hold {
    const giveUpMs = performance.now() + patienceMs;
    const isOver = (): boolean =>
      performance.now() >= giveUpMs || this.lastCall.signal.aborted || reply.sent || hasGone(reply.request);
    return async (work) => untilBack(work, isOver);
  }
}

const hasGone = ({ raw }: FastifyRequest): boolean => raw.socket.destroyed;
