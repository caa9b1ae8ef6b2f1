/** Whom a login or a token stands for, now. */
import { Inject, Injectable } from '@nestjs/common';
import type { Holder, Principal } from '../domain/index.js';
import { KeyRing } from '../keys/key-ring.js';
import { principalOf } from '../keys/keys.store.js';

@Injectable()
export class Holders {
  constructor(@Inject(KeyRing) private readonly ring: KeyRing) {}

  /** Null for a key that is not good any more, and where nobody showed anything. */
  async principalOf(holder: Holder): Promise<Principal | null> {
    if ('nobody' in holder) return null;
    if ('person' in holder) return holder.person;
    const key = await this.ring.keyOf(holder.keyId);
    return key && principalOf(key);
  }
}
