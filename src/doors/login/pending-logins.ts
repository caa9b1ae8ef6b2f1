/** Keeps in the browser, sealed, what ends a login that was begun here: any replica reads it, and nothing is written for whoever begins. */
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DatabaseTime } from '../../modules/access/index.js';
import { SecretBox } from '../../platform/secrets/index.js';
import { cookieOf, setCookie } from '../kit/index.js';
import { type PendingLogin, pendingForMs, readPending, writePending } from './domain/pending-login.js';

const names = { secure: '__Host-comfymux_pending_login', plain: 'comfymux_pending_login' };

@Injectable()
export class PendingLogins {
  constructor(
    @Inject(SecretBox) private readonly box: SecretBox,
    @Inject(DatabaseTime) private readonly time: Pick<DatabaseTime, 'nowMs'>,
  ) {}

  /** One for each browser: the latest that it began. */
  async keep(
    request: FastifyRequest,
    reply: FastifyReply,
    pending: Omit<PendingLogin, 'endsAtMs'>,
  ): Promise<void> {
    const text = writePending({ ...pending, endsAtMs: this.time.nowMs() + pendingForMs });
    const value = (await this.box.seal(text)).toString('base64url');
    setCookie(request, reply, names, { value, maxAgeS: pendingForMs / 1000 });
  }

  /** The one that `state` belongs to: once, as far as the browser goes. Undefined for any other, and for one that has ended. */
  async take(
    request: FastifyRequest,
    reply: FastifyReply,
    state: unknown,
  ): Promise<PendingLogin | undefined> {
    const text = await this.unsealed(cookieOf(request.headers, names) ?? '');
    const pending = text === undefined ? undefined : readPending(text, this.time.nowMs());
    // Whoever leads a browser here with a state of their own does not end what it has begun.
    if (pending === undefined || pending.state !== state) return undefined;
    setCookie(request, reply, names, { value: '', maxAgeS: 0 });
    return pending;
  }

  /** One text alone stands for what is sealed: base64 has letters whose last bits nobody reads. */
  private async unsealed(value: string): Promise<string | undefined> {
    const sealed = Buffer.from(value, 'base64url');
    if (sealed.toString('base64url') !== value) return undefined;
    return this.box.unseal(sealed).catch(() => undefined);
  }
}
