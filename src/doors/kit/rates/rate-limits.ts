/**
 * How many requests a caller may make in a minute, by kind of route: RATE_READS_PER_MINUTE and its like. A caller is a principal, else an
 * address by the hops that are trusted. Each replica counts for itself, both of its ports together, and lets in its share.
 */
import rateLimit from '@fastify/rate-limit';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Counter, Registry } from 'prom-client';
import { Replica } from '../../../platform/cluster/index.js';
import { CONFIG } from '../../../platform/config/index.js';
import { Fault } from '../../../platform/fault.js';
import { ipOf, plainAddress } from '../door.js';
import { rateHeaders } from './rate-headers.js';
import { type RateConfig, type RateKind, rateKindOf, rateOf, shareOf } from './rate-kinds.js';

const windowS = 60;
/** Callers that are remembered, the latest: addresses come without number. */
const callersMax = 20_000;

type Limiter = ReturnType<FastifyInstance['createRateLimit']>;

@Injectable()
export class RateLimits {
  private readonly refused: Counter<'kind'>;
  private limiter: Limiter | undefined;
  /** Of requests that are counted as something else than their routes are. */
  private readonly kinds = new WeakMap<FastifyRequest, RateKind>();

  constructor(
    @Inject(CONFIG) private readonly config: RateConfig,
    @Inject(Replica) private readonly replica: Pick<Replica, 'liveIds'>,
    @Inject(Registry) registry: Registry,
  ) {
    this.refused = new Counter({
      name: 'comfymux_rate_refusals_total',
      help: 'Requests that this replica refused because their caller made more in a minute than it may.',
      labelNames: ['kind'],
      registers: [registry],
    });
  }

  /** Behind the gate, which knows the caller, and before a byte of the body is read. */
  bound(server: FastifyInstance): void {
    void server.register(rateLimit, { global: false });
    server.addHook('onRequest', async (request, reply) => {
      const kind = rateKindOf(request.routeOptions.config.access);
      if (kind !== null) await this.count(kind, request, reply);
    });
  }

  /** A request that does more than its route says: counted as that too. Fault rate_limited. */
  async countToo(kind: RateKind, request: FastifyRequest): Promise<void> {
    this.kinds.set(request, kind);
    await this.count(kind, request);
  }

  /** Fault rate_limited. */
  private async count(kind: RateKind, request: FastifyRequest, reply?: FastifyReply): Promise<void> {
    if (rateOf(kind, this.config) === 0) return;
    this.limiter ??= this.limiterOf(request.server);
    const counted = await this.limiter(request);
    if (counted.isAllowed) return;
    const { remaining, ttlInSeconds: untilS, isExceeded } = counted;
    if (reply) this.tell(kind, reply, { remaining, untilS });
    if (!isExceeded) return;
    this.refused.inc({ kind });
    throw new Fault('rate_limited', `more ${kind} than ${rateOf(kind, this.config)} a minute`, undefined, {
      retryAfterSeconds: Math.max(1, untilS),
    });
  }

  private limiterOf(server: FastifyInstance): Limiter {
    // Of `cache` its types do not know.
    const options = {
      timeWindow: windowS * 1000,
      cache: callersMax,
      max: (request: FastifyRequest) => {
        const kind = this.kindOf(request);
        return kind === null ? 0 : shareOf(rateOf(kind, this.config), this.replica.liveIds.length);
      },
      keyGenerator: (request: FastifyRequest) => `${this.kindOf(request)} ${callerOf(request)}`,
    };
    return server.createRateLimit(options);
  }

  private kindOf(request: FastifyRequest): RateKind | null {
    return this.kinds.get(request) ?? rateKindOf(request.routeOptions.config.access);
  }

  /** Where it breaks no contract of others. */
  private tell(
    kind: RateKind,
    reply: FastifyReply,
    { remaining, untilS }: { remaining: number; untilS: number },
  ): void {
    if (!reply.request.routeOptions.url?.startsWith('/v1/')) return;
    const limit = rateOf(kind, this.config);
    void reply.headers(
      rateHeaders({ name: kind, limit, windowS, remaining: Math.max(0, remaining), untilS }),
    );
  }
}

const callerOf = (request: FastifyRequest): string => {
  const { id } = request.caller.principal;
  return id === null ? `address ${plainAddress(ipOf(request))}` : `principal ${id}`;
};
