/**
 * The parts that know credentials, over records in memory, and credentials of every kind as they are handed out. The monotonic clock
 * stands for the time of the database; the clock of this machine is wrong.
 */
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { keyOf, randomBytesOfKey, readSession, signSession } from '../../src/modules/access/index.js';
import { type Holder, type Identity, noScopes } from '../../src/modules/access/domain/index.js';
import { KeyRing } from '../../src/modules/access/keys/key-ring.js';
import type { KeysStore } from '../../src/modules/access/keys/keys.store.js';
import { DatabaseTime } from '../../src/modules/access/links/database-time.js';
import { Links } from '../../src/modules/access/links/links.js';
import { Holders } from '../../src/modules/access/passes/holders.js';
import { Logins } from '../../src/modules/access/passes/logins.js';
import type { PassesStore } from '../../src/modules/access/passes/passes.store.js';
import { Tokens } from '../../src/modules/access/passes/tokens.js';
import { People } from '../../src/modules/access/people/people.js';
import { shownToken } from '../../src/doors/kit/caller/credentials.js';
import { PendingLogins } from '../../src/doors/login/pending-logins.js';
import { Fault } from '../../src/platform/fault.js';
import { SecretBox } from '../../src/platform/secrets/index.js';
import type { LyingProvider } from '../support/lying-provider.js';

/** One that was handed out. */
export interface Credential {
  text: string;
  /** By the clock of the database; null for one that does not end by itself. */
  endsAtMs: number | null;
  /** Null for one that nobody can end before. */
  end: (() => Promise<void>) | null;
  isForOnce?: true;
  /** Whether whoever shows this text is let in. */
  opens: (text: string) => Promise<boolean>;
  /** What a text stands for where several are the same. */
  meaning?: (text: string) => string;
}

export const credentialKinds = [
  'key',
  'login',
  'person’s login',
  'token',
  'link',
  'session',
  'pending',
  'bearer',
] as const;
export type CredentialKind = (typeof credentialKinds)[number];

const databaseEpochMs = 1_900_000_000_000;
export const databaseNowMs = (): number => databaseEpochMs + performance.now();

const log = pino({ level: 'silent' });
const file = { door: 'native', jobId: 'j', subfolder: '', filename: 'a.png', type: 'output' };
const grants = [{ claim: 'groups', value: 'a', tenantId: 'default', role: 'read' as const }];

interface Kept {
  holder: Holder;
  endsAtMs: number;
}

const keyIdOf = ({ text }: Credential): string => text.split('_')[1]!;
const name = (hash: Buffer): string => hash.toString('hex');
const good = (kept: Kept | undefined) => (kept && databaseNowMs() < kept.endsAtMs ? kept : undefined);

/** As a header holds it; the last letter of a signature has bits that nobody reads. */
function tokenMeaning(text: string): string {
  const [, signed, signature] = /^([\w-]+\.[\w-]+)\.([\w-]+)$/.exec(text.trim()) ?? [];
  return signature === undefined ? text : `${signed} ${Buffer.from(signature, 'base64url').toString('hex')}`;
}

const asked = (text?: string) =>
  ({
    protocol: 'https',
    headers: { cookie: text && `__Host-comfymux_pending_login=${text}` },
  }) as unknown as FastifyRequest;

export class CredentialWorld {
  private readonly keyRows = new Map<string, { hash: Buffer; endsAtMs: number | null; isRevoked: boolean }>();
  private readonly passRows = { login: new Map<string, Kept>(), token: new Map<string, Kept>() };
  private readonly config: never;
  private readonly ring: KeyRing;
  private readonly time: DatabaseTime;
  private readonly people: People;
  private readonly holders: Holders;
  private readonly logins: Logins;
  private readonly tokens: Tokens;
  private readonly links: Links;
  private readonly pending: PendingLogins;
  private readonly box = SecretBox.open({ secretKey: 'a key of sixteen letters', dataDir: '/nowhere' });
  private lifetimeMs = 0;

  private constructor(private readonly provider: LyingProvider) {
    this.config = {
      OIDC_ISSUER: provider.issuer,
      OIDC_AUDIENCE: 'mux',
      OIDC_GRANTS: grants,
      LOGIN_LIFETIME_S: 1,
      LINK_LIFETIME_S: 1,
    } as never;
    const pool = { query: async () => ({ rows: [{ nowMs: databaseNowMs() }] }) };
    this.time = new DatabaseTime(pool as never, log);
    this.ring = new KeyRing(this.keysStore(), { notify: async () => undefined } as never, log);
    this.people = new People(this.config, this.time, { find: () => undefined } as never, log);
    this.holders = new Holders(this.ring, this.people);
    const passes = this.passesStore();
    this.logins = new Logins(this.config, passes, this.holders, this.ring);
    this.tokens = new Tokens(passes, this.logins, this.holders);
    this.links = new Links(this.config, this.box, this.time, this.ring);
    this.pending = new PendingLogins(this.box, this.time);
  }

  static async create(provider: LyingProvider): Promise<CredentialWorld> {
    const world = new CredentialWorld(provider);
    await world.time.onModuleInit();
    await world.links.onModuleInit();
    return world;
  }

  async handOut(kind: CredentialKind, lifetimeMs: number): Promise<Credential> {
    this.lifetimeMs = lifetimeMs;
    const ways: Record<CredentialKind, () => Promise<Credential>> = {
      key: async () => this.key(lifetimeMs),
      login: async () => this.login({ keyId: keyIdOf(await this.key(null)) }),
      'person’s login': async () => this.login({ identity: this.identity() }),
      token: async () => this.token(),
      link: async () => this.link(lifetimeMs),
      session: async () => this.session(),
      pending: async () => this.pendingLogin(),
      bearer: async () => this.bearer(lifetimeMs),
    };
    return ways[kind]();
  }

  private async key(lifetimeMs: number | null): Promise<Credential> {
    const { id, text, hash } = keyOf(randomBytes(randomBytesOfKey));
    const endsAtMs = lifetimeMs === null ? null : databaseNowMs() + lifetimeMs;
    this.keyRows.set(id, { hash, endsAtMs, isRevoked: false });
    return {
      text,
      endsAtMs,
      end: async () => this.revoke(id),
      opens: async (shown) => (await this.ring.ownerOf(shown)) !== null,
    };
  }

  private readonly identity = (): Identity => ({
    issuer: this.provider.issuer,
    subject: 'ada',
    claims: { groups: ['a'] },
  });

  private async revoke(keyId: string): Promise<void> {
    this.keyRows.get(keyId)!.isRevoked = true;
    await this.ring.changed(keyId);
  }

  private async login(holder: Holder): Promise<Credential> {
    const { text } = await this.logins.begin(holder);
    return {
      text,
      endsAtMs: databaseNowMs() + this.lifetimeMs,
      end: async () => ('keyId' in holder ? this.revoke(holder.keyId) : this.logins.end(text)),
      opens: async (shown) => (await this.logins.principalOf(shown)) !== null,
    };
  }

  private async token(): Promise<Credential> {
    const key = await this.key(null);
    const { text } = await this.tokens.make((await this.ring.ownerOf(key.text))!);
    return {
      text,
      endsAtMs: databaseNowMs() + this.lifetimeMs,
      end: key.end,
      isForOnce: true,
      opens: async (shown) => {
        const taken = await this.tokens.take(shown);
        return taken !== null && taken !== 'nobody';
      },
    };
  }

  private async link(lifetimeMs: number): Promise<Credential> {
    const key = await this.key(null);
    const { signatures, expiresAtS } = this.links.share([file], keyIdOf(key), lifetimeMs / 1000);
    return {
      text: signatures[0]!,
      endsAtMs: expiresAtS * 1000,
      end: key.end,
      opens: async (shown) => (await this.links.holderOf(file, shown)) !== null,
    };
  }

  private async session(): Promise<Credential> {
    const keys = await this.box.derive('sessions of browsers');
    return {
      text: signSession(keys[0], randomBytes(16).toString('hex')),
      endsAtMs: null,
      end: null,
      opens: async (shown) => readSession(keys, shown) !== undefined,
    };
  }

  private async pendingLogin(): Promise<Credential> {
    let cookie = '';
    const reply = { header: (_: string, value: string) => void (cookie = value) } as unknown as FastifyReply;
    const state = randomBytes(32).toString('base64url');
    const rest = { nonce: 'n', verifier: 'v', callback: 'https://mux.test/login/callback', to: '/' };
    await this.pending.keep(asked(), reply, { state, ...rest });
    return {
      text: /=([^;]*)/.exec(cookie)![1]!,
      endsAtMs: databaseNowMs() + 600_000,
      end: null,
      opens: async (shown) => (await this.pending.take(asked(shown), reply, state)) !== undefined,
      // Cookies end at a semicolon, and have no spaces around them.
      meaning: (text) => text.split(/[;=]/, 1)[0]!.trim(),
    };
  }

  private async bearer(lifetimeMs: number): Promise<Credential> {
    const exp = Math.ceil((databaseNowMs() + lifetimeMs) / 1000);
    const claims = { iss: this.provider.issuer, aud: 'mux', sub: 'ada', groups: ['a'], exp };
    return {
      text: await this.provider.sign(claims),
      endsAtMs: exp * 1000,
      end: null,
      opens: async (shown) => this.isBearerGood(shown),
      meaning: tokenMeaning,
    };
  }

  private async isBearerGood(text: string): Promise<boolean> {
    const token = shownToken({ authorization: `Bearer ${text}` });
    try {
      return token !== undefined && (await this.people.principalOf(token)) !== null;
    } catch (error) {
      if (error instanceof Fault && error.code === 'unauthorized') return false;
      throw error;
    }
  }

  private keysStore(): KeysStore {
    const find = async (id: string) => {
      const row = this.keyRows.get(id);
      if (!row) return null;
      const expiresInMs = row.endsAtMs === null ? null : row.endsAtMs - databaseNowMs();
      const who = {
        id,
        principalId: 'ada',
        tenantId: 'default',
        role: 'submit',
        rights: [],
        scopes: noScopes,
      };
      return { ...who, expiresInMs, revokedAt: row.isRevoked ? new Date() : null, secretHash: row.hash };
    };
    return { find } as unknown as KeysStore;
  }

  private passesStore(): PassesStore {
    const { login, token } = this.passRows;
    return {
      add: async (kind: 'login' | 'token', hash: Buffer, holder: Holder) => {
        const endsAtMs = databaseNowMs() + this.lifetimeMs;
        this.passRows[kind].set(name(hash), { holder, endsAtMs });
        return new Date(endsAtMs);
      },
      login: async (hash: Buffer) => {
        const kept = good(login.get(name(hash)));
        return kept ? { holder: kept.holder, expiresInMs: kept.endsAtMs - databaseNowMs() } : null;
      },
      endLogin: async (hash: Buffer) => login.delete(name(hash)),
      takeToken: async (hash: Buffer) => {
        const kept = good(token.get(name(hash)));
        token.delete(name(hash));
        return kept?.holder ?? null;
      },
    } as unknown as PassesStore;
  }
}
