/** Finds out who asks, for every door alike: by the key that is shown, else by where the request comes from. */
import { Inject, Injectable } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import {
  anonymous,
  everybody,
  KeyRing,
  Links,
  localOperator,
  Logins,
  nobody,
  People,
  type Principal,
  Tokens,
} from '../../../modules/access/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { Fault } from '../../../platform/fault.js';
import { isIn } from '../../../platform/outgoing/index.js';
import { isAtThisMachine } from './at-this-machine.js';
import { loginCookie, shownKey, shownToken } from './credentials.js';
import { type OpensBy, textOf } from './opens-by.js';

/** A request, or an offer of WebSocket, as far as it tells who makes it. */
export interface Appearance {
  headers: IncomingHttpHeaders;
  /** By the hops that are trusted. */
  ip: string;
  /** The other end of the connection. */
  peer: string | undefined;
  door: string;
  /** A browser may be sending this for a page of another site: what it sends by itself then proves nothing. */
  isForeignPage: boolean;
  /** The door answers pages of every site, which must not borrow the rights of whoever sits here. */
  isForAnySite: boolean;
  query: unknown;
  opensBy: OpensBy;
  takesLogins: boolean;
}

@Injectable()
export class Callers {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(KeyRing) private readonly keys: KeyRing,
    @Inject(Links) private readonly links: Links,
    @Inject(Tokens) private readonly tokens: Tokens,
    @Inject(Logins) private readonly logins: Logins,
    @Inject(People) private readonly people: People,
  ) {}

  /** Fault unauthorized for a key that is not good, whatever would be open without one. */
  async principalOf(asked: Appearance): Promise<Principal> {
    return (
      (await this.tokenHolder(asked)) ??
      (await this.linkHolder(asked)) ??
      (await this.keyOwner(asked)) ??
      (await this.person(asked)) ??
      (await this.loggedIn(asked)) ??
      this.withoutCredential(asked)
    );
  }

  private async keyOwner({ headers, isForeignPage }: Appearance): Promise<Principal | null> {
    const shown = shownKey(headers);
    if (shown === undefined || (shown.isAmbient && isForeignPage)) return null;
    const principal = await this.keys.ownerOf(shown.text);
    if (!principal) throw new Fault('unauthorized', 'The key is not known, has ended or was revoked.');
    return principal;
  }

  private async person({ headers }: Appearance): Promise<Principal | null> {
    const token = shownToken(headers);
    return token === undefined ? null : this.people.principalOf(token);
  }

  /** Null also for one that was made for who showed nothing. */
  private async tokenHolder({ query, opensBy }: Appearance): Promise<Principal | null> {
    const token = opensBy.token ? textOf(query, 'token') : undefined;
    if (token === undefined) return null;
    const taken = await this.tokens.take(token);
    if (taken !== null) return taken === 'nobody' ? null : taken;
    throw new Fault('unauthorized', 'The token is not known, was used or has ended: ask for a new one.');
  }

  /** One that has ended counts as none: its browser is asked to log in again. */
  private async loggedIn({ headers, takesLogins, isForeignPage }: Appearance): Promise<Principal | null> {
    const text = takesLogins && !isForeignPage ? loginCookie(headers) : undefined;
    return text === undefined ? null : this.logins.principalOf(text);
  }

  /** Null also for a link that is not good: what is open without one stays open. */
  private async linkHolder({ query, opensBy }: Appearance): Promise<Principal | null> {
    const signature = textOf(query, 'signature');
    const file = signature !== undefined && opensBy.link?.(query as Record<string, unknown>);
    return file ? this.links.holderOf(file, signature) : null;
  }

  private withoutCredential(asked: Appearance): Principal {
    const { AUTH, TRUST_PROXY } = this.config;
    if (AUTH === 'off') return everybody;
    const trustsNobody = TRUST_PROXY === 0;
    const isLocal = AUTH === 'auto' && trustsNobody && isAtThisMachine(asked.peer, asked.headers);
    if (isLocal && !asked.isForAnySite) return localOperator;
    return this.isOpenTo(asked) ? anonymous(...this.anonymousAccess()) : nobody;
  }

  private isOpenTo({ door, ip }: Appearance): boolean {
    const { AUTH_ANONYMOUS, AUTH_ANONYMOUS_DOORS: doors, AUTH_ANONYMOUS_FROM: networks } = this.config;
    return AUTH_ANONYMOUS !== null && doors.includes(door) && (networks.length === 0 || isIn(ip, networks));
  }

  private anonymousAccess(): [tenantId: string, role: 'read' | 'submit'] {
    const { tenantId = '', role = 'read' } = this.config.AUTH_ANONYMOUS ?? {};
    return [tenantId, role];
  }
}
