/** Tokens for what a browser opens without headers: WebSockets and event streams. Each is good for a minute, and once. */
import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { hashOfPass, type Holder, holderFor, passOf, type Principal } from '../domain/index.js';
import { Holders } from './holders.js';
import { Logins } from './logins.js';
import { PassesStore } from './passes.store.js';

const lifetimeMs = 60_000;

@Injectable()
export class Tokens {
  constructor(
    @Inject(PassesStore) private readonly store: PassesStore,
    @Inject(Logins) private readonly logins: Logins,
    @Inject(Holders) private readonly holders: Holders,
  ) {}

  async make(principal: Principal): Promise<{ text: string; expiresAt: Date }> {
    const text = passOf('token', randomBytes(32));
    const expiresAt = await this.store.add(
      'token',
      hashOfPass('token', text)!,
      holderFor(principal),
      lifetimeMs,
    );
    return { text, expiresAt };
  }

  /** Whom it was made for; null when it is none, has ended with what it stands for, or was taken before, at whichever replica. */
  async take(text: string): Promise<Principal | 'nobody' | null> {
    const hash = hashOfPass('token', text);
    const holder = hash ? await this.store.takeToken(hash) : null;
    return holder && this.principalOf(holder);
  }

  private async principalOf(holder: Holder): Promise<Principal | 'nobody' | null> {
    if ('nobody' in holder) return 'nobody';
    return 'loginHash' in holder ? this.logins.byHash(holder.loginHash) : this.holders.principalOf(holder);
  }
}
