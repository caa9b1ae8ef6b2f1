/** Logging in by way of an OpenID provider: there, and back again. */
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LoginRefusal, OpenIdProvider, People } from '../../modules/access/index.js';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { Fault } from '../../platform/fault.js';
import { answer, BrowserLogins } from './browser-logins.js';
import { callbackPath, callbackUrl } from './callback-url.js';
import type { PendingLogin } from './domain/pending-login.js';
import type { LoginRefusedFor } from './domain/refusals.js';
import { LoginTries } from './login-tries.js';
import { PendingLogins } from './pending-logins.js';
import { WaysBack } from './ways-back.js';

@Injectable()
export class ProviderRoutes {
  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'PUBLIC_URL'>,
    @Inject(OpenIdProvider) private readonly provider: OpenIdProvider,
    @Inject(People) private readonly people: People,
    @Inject(PendingLogins) private readonly pending: PendingLogins,
    @Inject(BrowserLogins) private readonly browsers: BrowserLogins,
    @Inject(LoginTries) private readonly tries: LoginTries,
    @Inject(WaysBack) private readonly waysBack: WaysBack,
  ) {}

  register(server: FastifyInstance): void {
    // What looks at an address without opening it must not use up its code.
    const options = { config: { access: 'open' }, exposeHeadRoute: false } as const;
    const routes = [
      ['/login/provider', this.begin.bind(this)],
      [callbackPath, this.end.bind(this)],
    ] as const;
    for (const [path, handle] of routes)
      server.get(path, options, async (request, reply) => this.within(request, reply, handle));
  }

  /** Fault not_found where no provider is configured. */
  private async within(
    request: FastifyRequest,
    reply: FastifyReply,
    handle: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>,
  ): Promise<FastifyReply> {
    if (this.provider.name === undefined)
      throw new Fault('not_found', 'Nobody logs in here by way of a provider: OIDC_CLIENT_ID is not set.');
    const retryAfterS = await this.tries.count(request);
    if (retryAfterS === undefined) return handle(request, reply);
    const to = this.waysBack.of(request, request.query);
    return this.browsers.refuse(request, reply, 'tries', { to, retryAfterS });
  }

  private async begin(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const callback = callbackUrl(this.config.PUBLIC_URL, request);
    const to = this.waysBack.of(request, request.query);
    try {
      const { address, secrets } = await this.provider.begin(callback);
      await this.pending.keep(request, reply, { ...secrets, callback, to });
      return await reply.header('cache-control', 'no-store').redirect(address, 303);
    } catch (error) {
      return this.browsers.refuse(request, reply, obstacleOf(error), { to });
    }
  }

  private async end(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { state } = request.query as Record<string, unknown>;
    const pending = await this.pending.take(request, reply, state);
    if (pending === undefined) {
      const to = this.waysBack.of(request, {});
      return this.browsers.refuse(request, reply, 'not-begun-here', { to });
    }
    return this.letIn(request, reply, pending).catch(async (error: unknown) =>
      this.browsers.refuse(request, reply, obstacleOf(error), pending),
    );
  }

  /**
   * A page of this service leads on: a browser tells who began the chain of redirects, and what a page of another site began does not
   * count as a login everywhere.
   */
  private async letIn(
    request: FastifyRequest,
    reply: FastifyReply,
    pending: PendingLogin,
  ): Promise<FastifyReply> {
    const [, query = ''] = request.url.split('?', 2);
    const identity = await this.provider.end(`${pending.callback}?${query}`, pending);
    const principal = this.people.granted(identity);
    if (principal === null) return this.browsers.refuse(request, reply, 'not-granted', pending);
    await this.browsers.begin(request, reply, { principal, holder: { identity } });
    return answer(reply, 200, { to: pending.to, goesOn: true });
  }
}

/** Rethrows what no provider has to do with. */
function obstacleOf(error: unknown): LoginRefusedFor {
  if (error instanceof LoginRefusal) return error.obstacle;
  throw error;
}
