/** Logging in with a key, and out again. */
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AuditStore, KeyRing, Logins, type Principal } from '../../modules/access/index.js';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { cookieText, loginCookie, loginCookieNames } from '../kit/index.js';
import { wayBack } from './domain/way-back.js';
import { type LoginPage, loginPageOf } from './login-page.js';

const formBytesMax = 8_192;

@Injectable()
export class LoginRoutes {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(KeyRing) private readonly keys: KeyRing,
    @Inject(Logins) private readonly logins: Logins,
    @Inject(AuditStore) private readonly audit: AuditStore,
  ) {}

  register(server: FastifyInstance): void {
    const config = { access: 'open', bodyBytesMax: formBytesMax } as const;
    server.get('/login', { config }, async (request, reply) => this.show(request, reply));
    server.post('/login', { config }, async (request, reply) => this.logIn(request, reply));
    server.post('/login/out', { config }, async (request, reply) => this.logOut(request, reply));
  }

  private async show(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const text = loginCookie(request.headers);
    const principal = text === undefined ? null : await this.logins.principalOf(text);
    return answer(reply, 200, { to: this.toOf(request, request.query), who: nameOf(principal) });
  }

  private async logIn(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const form = Object.fromEntries(
      new URLSearchParams(Buffer.isBuffer(request.body) ? request.body.toString() : ''),
    );
    const to = this.toOf(request, form);
    const principal = await this.keys.ownerOf((form.key ?? '').trim());
    if (!principal)
      return answer(reply, 422, { to, complaint: 'This key is not known, has ended or was revoked.' });
    await this.begin(request, reply, principal);
    return reply.header('cache-control', 'no-store').redirect(to, 303);
  }

  /** The browser that sent the request is the principal's from now on; what it was before ends. */
  private async begin(request: FastifyRequest, reply: FastifyReply, principal: Principal): Promise<void> {
    const { ip: address, id: requestId } = request;
    const entry = {
      principal,
      verb: 'change',
      kind: 'self',
      request: 'POST /login',
      address,
      requestId,
    } as const;
    const line = await this.audit.begin(entry);
    await this.logins.end(loginCookie(request.headers) ?? '');
    const { text, lifetimeS } = await this.logins.begin(principal);
    await this.audit.end(line, 303);
    setCookie(request, reply, text, lifetimeS);
  }

  private async logOut(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    await this.logins.end(loginCookie(request.headers) ?? '');
    setCookie(request, reply, '', 0);
    return reply.header('cache-control', 'no-store').redirect('/login', 303);
  }

  private toOf({ raw }: FastifyRequest, given: unknown): string {
    const { to } = given as Record<string, unknown>;
    const home = raw.socket.localPort === this.config.NATIVE_PORT ? '/' : '/console';
    return wayBack(typeof to === 'string' ? to : undefined, home);
  }
}

function setCookie({ protocol }: FastifyRequest, reply: FastifyReply, value: string, maxAgeS: number): void {
  const isSecure = protocol === 'https';
  const name = isSecure ? loginCookieNames.secure : loginCookieNames.plain;
  void reply.header('set-cookie', cookieText({ name, value, maxAgeS }, isSecure));
}

const answer = (reply: FastifyReply, status: number, page: LoginPage): FastifyReply =>
  reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(loginPageOf(page));

const nameOf = (principal: Principal | null): string | undefined =>
  principal
    ? `${principal.id ?? principal.kind} (${principal.role ?? 'no role'}, tenant ${principal.tenantId})`
    : undefined;
