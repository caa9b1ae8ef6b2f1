/** Where one goes on after logging in: to the page that one came from, else to the first page of the port. */
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { wayBack } from './domain/way-back.js';

@Injectable()
export class WaysBack {
  constructor(@Inject(CONFIG) private readonly config: Pick<Config, 'NATIVE_PORT'>) {}

  /** `given` may have it as `to`. */
  of({ raw }: FastifyRequest, given: unknown): string {
    const { to } = given as Record<string, unknown>;
    const home = raw.socket.localPort === this.config.NATIVE_PORT ? '/' : '/console';
    return wayBack(typeof to === 'string' ? to : undefined, home);
  }
}
