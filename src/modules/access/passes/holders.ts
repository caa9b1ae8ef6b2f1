/** Whom a login or a token stands for, now. */
import { Inject, Injectable } from '@nestjs/common';
import type { Holder, Principal } from '../domain/index.js';
import { KeyRing } from '../keys/key-ring.js';
import { principalOf } from '../keys/keys.store.js';
import { People } from '../people/people.js';

@Injectable()
export class Holders {
  constructor(
    @Inject(KeyRing) private readonly ring: KeyRing,
    @Inject(People) private readonly people: Pick<People, 'granted' | 'stillOf'>,
  ) {}

  /** Null for what is not good any more, for somebody to whom nothing is granted any more, and where nobody showed anything. */
  async principalOf(holder: Holder): Promise<Principal | null> {
    if ('nobody' in holder || 'loginHash' in holder) return null;
    if ('person' in holder)
      return holder.bearer ? this.people.stillOf(holder.person, holder.bearer) : holder.person;
    if ('identity' in holder) return this.people.granted(holder.identity);
    const key = await this.ring.keyOf(holder.keyId);
    return key && principalOf(key);
  }
}
