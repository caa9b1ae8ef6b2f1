/** Lets a request, or an offer of WebSocket, in: who it is for, and whether that one may do what the route says it does. */
import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { lackOf, may, nobody, type Principal, type Verdict } from '../../../modules/access/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { Fault } from '../../../platform/fault.js';
import { isIn } from '../../../platform/outgoing/index.js';
import type { Asker, Caller, Door } from '../door.js';
import { type Asked, crossSiteRefusal } from '../sites/cross-site.js';
import { BrowserSessions } from './browser-sessions.js';
import { Callers } from './callers.js';
import { type OpensBy, textOf } from './opens-by.js';
import { OpenConnections } from './open-connections.js';
import type { RouteAccess } from './route-access.js';

/** What the gate is shown. */
export interface Asking extends Asked, Omit<Asker, 'principal' | 'headers' | 'session'> {
  door: Door;
  /** Undefined for a route that says nothing. */
  access: RouteAccess | undefined;
  opensBy: OpensBy;
  /** The other end of the connection. */
  peer: string | undefined;
}

@Injectable()
export class Gate {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(Callers) private readonly callers: Pick<Callers, 'principalOf'>,
    @Inject(BrowserSessions) private readonly sessions: Pick<BrowserSessions, 'of'>,
    @Inject(OpenConnections) private readonly connections: Pick<OpenConnections, 'watch'>,
  ) {}

  /** Faults: unauthorized where a credential might help, forbidden where it is the wrong one. */
  async letIn(asking: Asking): Promise<Caller> {
    const { door, access, headers, ip, query } = asking;
    if (access === undefined)
      throw new Fault('forbidden', 'This route does not say who may use it: it is closed.');
    const principal = access === 'open' ? nobody : await this.principalOf(asking);
    if (access !== 'open') refuse(may(principal, access.verb, { kind: access.kind }), principal, asking);
    refuseOutOfScope(principal, asking);
    const session = this.sessions.of(headers);
    return { ...door.callerOf({ headers, ip, query, principal, session }), principal };
  }

  /** Closes the connection once the caller's key is not good any more, until `use` of it is over. */
  watch({ principal }: Caller, socket: Duplex, use: EventEmitter & { destroyed: boolean }): void {
    this.connections.watch(principal, socket, use);
  }

  private async principalOf(asking: Asking): Promise<Principal> {
    const { door, headers, ip, peer, query, opensBy } = asking;
    const isForAnySite = door.cors(this.config).kind === 'any-site';
    const isForeign = isForeignPage(asking, this.config);
    return this.callers.principalOf({
      headers,
      ip,
      peer,
      door: door.name,
      isForeignPage: isForeign,
      isForAnySite,
      query,
      opensBy,
      takesLogins: door.access.takesLogins,
    });
  }
}

function refuse(verdict: Verdict, principal: Principal, { opensBy, query }: Asking): void {
  if (verdict.ok) return;
  if (principal.role === null && opensBy.link && textOf(query, 'signature') !== undefined)
    throw new Fault(
      'unauthorized',
      'The link has ended, was changed or is for another file: ask for a new one.',
    );
  if (principal.role === null) throw new Fault('unauthorized', 'Show a key: Authorization: Bearer cmx_…');
  throw new Fault('forbidden', lackOf(verdict));
}

function refuseOutOfScope({ scopes }: Principal, { door, ip }: Asking): void {
  if (scopes.doors !== null && !scopes.doors.includes(door.name))
    throw new Fault('forbidden', `This needs a key for the door ${door.name}.`);
  if (scopes.networks !== null && !isIn(ip, scopes.networks))
    throw new Fault('forbidden', 'This needs a key for the address that the request comes from.');
}

/** Whom an operator lets in by CORS is none; every other page that is not ours is. */
function isForeignPage(asked: Asked, config: Config): boolean {
  const { origin } = asked.headers;
  if (config.NATIVE_CORS_ORIGIN !== undefined && origin === config.NATIVE_CORS_ORIGIN) return false;
  const { 'sec-fetch-site': site } = asked.headers;
  const isOfSomePage = origin !== undefined || (site !== undefined && site !== 'none');
  // A page of another site may make a browser read, too, where the answer is told to every site.
  return isOfSomePage && crossSiteRefusal({ ...asked, method: 'POST' }, ownNames(config)) !== null;
}

export const ownNames = (config: Config) => ({ hosts: config.ALLOWED_HOSTS, publicUrl: config.PUBLIC_URL });
