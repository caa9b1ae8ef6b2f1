/** The keys that everything begins with: given by who installs the service, or made at its first start. */
import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { defaultTenantId, keyOf, noScopes, randomBytesOfKey, readKey } from '../domain/index.js';
import { KeysStore } from './keys.store.js';

export type FirstRole = 'admin' | 'metrics';

const names: Record<FirstRole, string> = { admin: 'First administrator', metrics: 'Whoever scrapes' };

@Injectable()
export class FirstKey {
  constructor(@Inject(KeysStore) private readonly store: KeysStore) {}

  /** Whether a key of the role was not revoked; of any role without one. */
  async isThere(role?: FirstRole): Promise<boolean> {
    return this.store.hasAny(role);
  }

  make(): string {
    return keyOf(randomBytes(randomBytesOfKey)).text;
  }

  /** False for what is no key. One that is known stays as it is: what was revoked does not come back from a file. */
  async take(role: FirstRole, text: string): Promise<boolean> {
    const key = readKey(text);
    if (!key) return false;
    if (await this.store.find(key.id)) return true;
    const principal = { id: role, tenantId: defaultTenantId, name: names[role] };
    const settings = { name: names[role], role, rights: [], scopes: noScopes, expiresAt: null };
    await this.store.add(principal, { ...key, text }, { ...settings, createdBy: 'the first start' });
    return true;
  }
}
