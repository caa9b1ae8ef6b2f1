/**
 * How often one may try to log in: LOGIN_TRIES_PER_MINUTE for an address (of IPv6, for its /64), and apart from that for a key, whichever
 * address tries it. Each replica counts for itself, both of its ports together, and lets in its share.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readKey } from '../../modules/access/index.js';
import { Replica } from '../../platform/cluster/index.js';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { shareOf } from '../kit/index.js';
import { formOf } from './domain/form.js';

const windowMs = 60_000;
/** Addresses, and keys, that are remembered, the latest of each. */
const namesMax = 20_000;

type Limiter = ReturnType<FastifyInstance['createRateLimit']>;

@Injectable()
export class LoginTries {
  private limiters: { ofAddress: Limiter; ofKey: Limiter } | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'LOGIN_TRIES_PER_MINUTE'>,
    @Inject(Replica) private readonly replica: Pick<Replica, 'liveIds'>,
  ) {}

  /** Counts one; seconds to wait where it is one too many. */
  async count(request: FastifyRequest): Promise<number | undefined> {
    if (this.config.LOGIN_TRIES_PER_MINUTE === 0) return undefined;
    this.limiters ??= this.limitersOf(request.server);
    const { ofAddress, ofKey } = this.limiters;
    const tooManyOfAddress = await waitOf(ofAddress, request);
    if (tooManyOfAddress !== undefined || keyIdOf(request) === undefined) return tooManyOfAddress;
    return waitOf(ofKey, request);
  }

  private limitersOf(server: FastifyInstance): { ofAddress: Limiter; ofKey: Limiter } {
    // Of `cache` its types do not know.
    const options = {
      timeWindow: windowMs,
      cache: namesMax,
      max: () => shareOf(this.config.LOGIN_TRIES_PER_MINUTE, this.replica.liveIds.length),
    };
    return {
      ofAddress: server.createRateLimit(options),
      ofKey: server.createRateLimit({ ...options, keyGenerator: (request) => keyIdOf(request) ?? '' }),
    };
  }
}

/** Of what looks like a key: its public part. */
const keyIdOf = ({ body }: FastifyRequest): string | undefined => readKey(formOf(body).key ?? '')?.id;

async function waitOf(limiter: Limiter, request: FastifyRequest): Promise<number | undefined> {
  const counted = await limiter(request);
  return !counted.isAllowed && counted.isExceeded ? Math.max(1, counted.ttlInSeconds) : undefined;
}
