/** Logging in with a key, and out again. */
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { holderFor, KeyRing } from '../../modules/access/index.js';
import { BrowserLogins } from './browser-logins.js';
import { formOf } from './domain/form.js';
import { LoginTries } from './login-tries.js';
import { WaysBack } from './ways-back.js';

const formBytesMax = 8_192;

@Injectable()
export class LoginRoutes {
  constructor(
    @Inject(KeyRing) private readonly keys: KeyRing,
    @Inject(BrowserLogins) private readonly browsers: BrowserLogins,
    @Inject(LoginTries) private readonly tries: LoginTries,
    @Inject(WaysBack) private readonly waysBack: WaysBack,
  ) {}

  register(server: FastifyInstance): void {
    const config = { access: 'open', bodyBytesMax: formBytesMax } as const;
    server.get('/login', { config }, async (request, reply) =>
      this.browsers.show(request, reply, { to: this.waysBack.of(request, request.query) }),
    );
    server.post('/login', { config }, async (request, reply) => this.logIn(request, reply));
    server.post('/login/out', { config }, async (request, reply) => this.logOut(request, reply));
  }

  private async logIn(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const form = formOf(request.body);
    const to = this.waysBack.of(request, form);
    const retryAfterS = await this.tries.count(request);
    if (retryAfterS !== undefined) return this.browsers.refuse(request, reply, 'tries', { to, retryAfterS });
    const principal = await this.keys.ownerOf(form.key ?? '');
    if (!principal) return this.browsers.refuse(request, reply, 'key', { to });
    await this.browsers.begin(request, reply, { principal, holder: holderFor(principal) });
    return reply.header('cache-control', 'no-store').redirect(to, 303);
  }

  private async logOut(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    await this.browsers.end(request, reply);
    return reply.header('cache-control', 'no-store').redirect('/login', 303);
  }
}
