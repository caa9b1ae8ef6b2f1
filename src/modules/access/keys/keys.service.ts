/** Makes keys, lists them, ends them. The text of a key is told once, to whoever made it. */
import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Fault } from '../../../platform/fault.js';
import { keyOf, randomBytesOfKey, type Principal } from '../domain/index.js';
import { KeyRing } from './key-ring.js';
import { type KeyRecord, type KeySettings, KeysStore, type PrincipalRecord } from './keys.store.js';

export interface MadeKey {
  record: KeyRecord;
  text: string;
}

export type KeyOrder = Omit<KeySettings, 'createdBy'> & { principalId: string; tenantId: string };

/** Live keys of one principal: two make a change of keys painless, more are lost track of. */
const goodKeysMax = 2;

@Injectable()
export class KeysService {
  constructor(
    @Inject(KeysStore) private readonly store: KeysStore,
    @Inject(KeyRing) private readonly ring: KeyRing,
  ) {}

  /** Faults: unprocessable (tenant), conflict (the principal is another tenant's, or has two keys already). */
  async make(
    { principalId, tenantId, name, role, rights, scopes, expiresAt }: KeyOrder,
    by: Principal,
  ): Promise<MadeKey> {
    const good = (await this.store.list(tenantId)).filter(
      (key) => key.principalId === principalId && isGood(key),
    );
    if (good.length >= goodKeysMax)
      throw new Fault('conflict', `the principal "${principalId}" has ${goodKeysMax} keys: delete one first`);
    const key = keyOf(randomBytes(randomBytesOfKey));
    const settings = { name, role, rights, scopes, expiresAt, createdBy: by.id ?? by.kind };
    const record = await this.store.add({ id: principalId, tenantId, name }, key, settings);
    if (record === 'no_tenant') throw new Fault('unprocessable', `there is no tenant "${tenantId}"`);
    if (record === 'of_another_tenant')
      throw new Fault('conflict', `the principal "${principalId}" belongs to another tenant`);
    return { record, text: key.text };
  }

  /** A second key like this one, which goes on for `graceMs`. Faults: not_found, conflict. */
  async rotate(id: string, graceMs: number, by: Principal): Promise<MadeKey> {
    const old = await this.required(id);
    const { role } = old;
    if (role === null) throw new Fault('conflict', `what is kept of the key ${id} makes no sense: revoke it`);
    const made = await this.make({ ...old, role, expiresAt: null }, by);
    await this.end(id, graceMs);
    return made;
  }

  async revoke(id: string): Promise<KeyRecord> {
    const key = await this.required(id);
    await this.end(id, 0);
    return key;
  }

  /** Also of one that has ended. */
  async isKnown(id: string): Promise<boolean> {
    return (await this.store.find(id)) !== null;
  }

  async list(tenantId?: string): Promise<KeyRecord[]> {
    return this.store.list(tenantId);
  }

  async principals(tenantId?: string): Promise<PrincipalRecord[]> {
    return this.store.principals(tenantId);
  }

  private async end(id: string, inMs: number): Promise<void> {
    await this.store.end(id, inMs);
    await this.ring.changed(id);
  }

  /** One that still opens something. */
  private async required(id: string): Promise<KeyRecord> {
    const key = await this.store.find(id);
    if (!key || key.revokedAt !== null) throw new Fault('not_found', `there is no key ${id}`);
    return key;
  }
}

const isGood = ({ revokedAt, expiresAt }: KeyRecord): boolean =>
  revokedAt === null && (expiresAt === null || expiresAt > new Date());
