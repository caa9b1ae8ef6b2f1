/**
 * Browsers that have logged in. What a login stands for is looked up anew every one and a half seconds, so that one that was ended at
 * another replica is over here in two, whatever becomes of notifications.
 */
import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { digestName, hashOfPass, type Holder, passOf, type Principal } from '../domain/index.js';
import { KeyRing } from '../keys/key-ring.js';
import { Remembered } from '../remembered.js';
import { Holders } from './holders.js';
import { type LoginRecord, PassesStore } from './passes.store.js';

const trustedForMs = 1_500;

export interface NewLogin {
  /** For the cookie. */
  text: string;
  lifetimeS: number;
}

@Injectable()
export class Logins {
  /** By the hex digits of their hashes. */
  private readonly known: Remembered<LoginRecord>;

  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'LOGIN_LIFETIME_S'>,
    @Inject(PassesStore) private readonly store: PassesStore,
    @Inject(Holders) private readonly holders: Holders,
    @Inject(KeyRing) private readonly ring: KeyRing,
  ) {
    this.known = new Remembered(async (hash) => store.login(Buffer.from(hash, 'hex')), trustedForMs);
  }

  async begin(holder: Holder): Promise<NewLogin> {
    const text = passOf('login', randomBytes(32));
    const lifetimeS = this.config.LOGIN_LIFETIME_S;
    await this.store.add('login', hashOfPass('login', text)!, holder, lifetimeS * 1000);
    return { text, lifetimeS };
  }

  /** Here, and with its open connections on every other replica. */
  async end(text: string): Promise<void> {
    const hash = hashOfPass('login', text);
    if (!hash) return;
    await this.store.endLogin(hash);
    await this.ended([hash]);
  }

  /** All that began with the key, everywhere. Answers how many. */
  async endOfKey(keyId: string): Promise<number> {
    return this.ended(await this.store.endLoginsOfKey(keyId));
  }

  /** All of somebody, whichever way they logged in. Answers how many. */
  async endOfPrincipal(id: string): Promise<number> {
    return this.ended(await this.store.endLoginsOfPrincipal(id));
  }

  private async ended(hashes: readonly Buffer[]): Promise<number> {
    for (const hash of hashes) {
      const hex = hash.toString('hex');
      this.known.forget(hex);
      await this.ring.changed(idOf(hex));
    }
    return hashes.length;
  }

  /** Who has logged in with it; null for none that is good. */
  async principalOf(text: string): Promise<Principal | null> {
    const hash = hashOfPass('login', text);
    return hash ? this.byHash(hash.toString('hex')) : null;
  }

  /** As it is kept: for what stands for a login. */
  async byHash(hash: string): Promise<Principal | null> {
    const { record, readAtMs } = await this.known.of(hash);
    if (record === null || performance.now() - readAtMs >= record.expiresInMs) return null;
    const principal = await this.holders.principalOf(record.holder);
    const isGood = async (): Promise<boolean> => (await this.byHash(hash)) !== null;
    return principal && { ...principal, pass: { kind: 'login', id: idOf(hash), hash, isGood } };
  }
}

/** Tells logins apart where connections are kept, and nothing that could be shown. */
const idOf = (hash: string): string => `login:${digestName(Buffer.from(hash, 'hex'))}`;
