/** Begins and ends the login of a browser, by whichever way somebody was known, and answers the one who could not be. */
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Counter, Registry } from 'prom-client';
import {
  AuditStore,
  type Holder,
  Logins,
  OpenIdProvider,
  type Principal,
} from '../../modules/access/index.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { ipOf, loginCookie, loginCookieNames, setCookie } from '../kit/index.js';
import { type LoginRefusedFor, refusalWords } from './domain/refusals.js';
import { type LoginPage, loginPageOf } from './login-page.js';

/** Who logs in, and what is kept of them. */
export interface KnownPerson {
  principal: Principal;
  holder: Holder;
}

interface Refused {
  to: string;
  retryAfterS?: number | undefined;
}

@Injectable()
export class BrowserLogins {
  private readonly refused: Counter<'reason'>;

  constructor(
    @Inject(Logins) private readonly logins: Logins,
    @Inject(AuditStore) private readonly audit: AuditStore,
    @Inject(OpenIdProvider) private readonly provider: OpenIdProvider,
    @Inject(LOGGER) private readonly log: Logger,
    @Inject(Registry) registry: Registry,
  ) {
    this.refused = new Counter({
      name: 'comfymux_login_refusals_total',
      help: 'Tries to log in that did not succeed, by the reason.',
      labelNames: ['reason'],
      registers: [registry],
    });
  }

  /** The browser that sent the request is the person's from now on; what it was before ends. */
  async begin(
    request: FastifyRequest,
    reply: FastifyReply,
    { principal, holder }: KnownPerson,
  ): Promise<void> {
    const { id: requestId, method, routeOptions } = request;
    const address = ipOf(request);
    const entry = {
      principal,
      verb: 'change',
      kind: 'self',
      request: `${method} ${routeOptions.url}`,
      address,
      requestId,
    } as const;
    const line = await this.audit.begin(entry);
    await this.logins.end(loginCookie(request.headers) ?? '');
    const { text, lifetimeS } = await this.logins.begin(holder);
    await this.audit.end(line, 303);
    setCookie(request, reply, loginCookieNames, { value: text, maxAgeS: lifetimeS });
  }

  async end(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.logins.end(loginCookie(request.headers) ?? '');
    setCookie(request, reply, loginCookieNames, { value: '', maxAgeS: 0 });
  }

  async show(request: FastifyRequest, reply: FastifyReply, page: LoginPage): Promise<FastifyReply> {
    return answer(reply, 200, { ...page, who: await this.whoIs(request), provider: this.provider.name });
  }

  /** Whoever is logged in stays so, and is told so where the same answer of a provider comes again. */
  async refuse(
    request: FastifyRequest,
    reply: FastifyReply,
    why: LoginRefusedFor,
    { to, retryAfterS }: Refused,
  ): Promise<FastifyReply> {
    const { status, complaint, retryAfterS: usualS } = refusalWords[why];
    this.refused.inc({ reason: why });
    this.log.info({ requestId: request.id, reason: why }, 'a login was refused');
    const waitS = retryAfterS ?? usualS;
    if (waitS !== undefined) void reply.header('retry-after', waitS);
    const who = why === 'not-begun-here' ? await this.whoIs(request) : undefined;
    return answer(reply, status, { to, who, complaint, provider: this.provider.name });
  }

  private async whoIs({ headers }: FastifyRequest): Promise<string | undefined> {
    const text = loginCookie(headers);
    return text === undefined ? undefined : nameOf(await this.logins.principalOf(text));
  }
}

export const answer = (reply: FastifyReply, status: number, page: LoginPage): FastifyReply =>
  reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(loginPageOf(page));

const nameOf = (principal: Principal | null): string | undefined =>
  principal
    ? `${principal.id ?? principal.kind} (${principal.role ?? 'no role'}, tenant ${principal.tenantId})`
    : undefined;
