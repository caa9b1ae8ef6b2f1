/**
 * What a door is: one way in, with its addresses, its manners and its words. A port is opened from the doors that stand on it,
 * so that a new door gets limits, hooks, metrics, traces, log lines and shutdown without code of its own. Every field must be
 * given: what a door leaves out would be decided by accident. `docs/adding-a-door.md` tells the steps.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Type } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../../modules/access/index.js';
import type { Config } from '../../platform/config/index.js';
import { decodePercent } from '../../platform/outside-text/index.js';
import type { RouteAccess } from './caller/route-access.js';
import type { OpensBy } from './caller/opens-by.js';
import type { Refusal } from './errors/refusal.js';
import type { Asked, OwnNames } from './sites/cross-site.js';

/** `main` is `PORT`, `native` is `NATIVE_PORT`. */
export type PortName = 'main' | 'native';

export interface Door {
  /** In the record of every job that came in here: `job.door`. */
  name: string;
  /** Label `door` of request metrics and traces. */
  label: string;
  ports: readonly PortName[];
  /** Paths under one of them are the door's; `/` takes what no other door of the port takes. */
  prefixes: readonly string[];
  errors: DoorErrors;
  /** What pages of other sites are told; `none` for all that a cookie or an address opens. */
  cors: (config: Config) => CorsRule;
  /** Why pages of other sites, or names that lead here by DNS rebinding, are refused; null lets them in. */
  keepsOut: (asked: Asked, own: OwnNames) => string | null;
  /** By which name what it keeps for this caller goes. */
  callerOf: (asker: Asker) => Place;
  access: DoorAccess;
  /** What probes and scrapers ask all day: logged at debug, never traced. */
  quietPaths: readonly string[];
  /** The last touch of an answer's headers. */
  finish: (reply: FastifyReply) => void;
  /** `json` refuses other media types, unless the route says `rawBody`; `bytes` looks at none. */
  bodies: 'json' | 'bytes';
  /** Fastify routes; empty where Nest's controllers have them. `get` finds a provider. */
  register: (server: FastifyInstance, get: Get) => void;
  /** WebSockets, or null. */
  sockets: SocketDoor | null;
}

/** What a door says of credentials; each of its routes says itself what it does. */
export interface DoorAccess {
  /**
   * What who has no credential is asked for: `basic` makes a browser ask its user for a key, `login` sends one that opens a page to
   * the page that asks, and others as `basic` does.
   */
  challenge: 'basic' | 'bearer' | 'login';
  /** Whether the cookie of a browser that has logged in opens it: never where pages of other sites are answered. */
  takesLogins: boolean;
  /** What a request does that finds no route. */
  elsewhere: (method: string) => RouteAccess;
}

/** For a door of which nothing is there but its routes. */
export const bearerOnly: DoorAccess = {
  challenge: 'bearer',
  takesLogins: false,
  elsewhere: () => 'open',
};

/** How a door words its errors. */
export interface DoorErrors {
  answer(refusal: Refusal, error: unknown, request: FastifyRequest): ErrorAnswer;
}

export interface ErrorAnswer {
  status: number;
  contentType: string;
  headers?: Record<string, string>;
  /** As it goes out. */
  body: string;
}

/** `any-site` answers every origin with credentials, as the original API did; `one` names one origin, or `*`. */
export type CorsRule = { kind: 'none' } | { kind: 'any-site' } | { kind: 'one'; origin: string };

/** What tells who asks: of a request and of an offer of WebSocket alike. */
export interface Asker {
  headers: IncomingHttpHeaders;
  /** By the hops that are trusted. */
  ip: string;
  query: unknown;
  principal: Principal;
  /** Of the browser, as this service gave it: an id that no one can guess or choose. */
  session: string | undefined;
}

/** A browser goes by the session we gave it, everybody else by principal or address; and by the client id where it is told. */
export interface Place {
  /** `session:…`, `principal:…` or `address:…`. */
  place: string;
  clientId?: string | undefined;
}

/** Who asks. */
export interface Caller extends Place {
  principal: Principal;
}

export interface SocketDoor {
  paths: readonly string[];
  access: RouteAccess;
  /** Besides a key. */
  opensBy: OpensBy;
  accept: (get: Get, offer: SocketOffer) => void;
}

export interface SocketOffer {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
  caller: Caller;
}

export type Get = <T>(provider: Type<T>) => T;

/** An address of IPv4 as it is written, also where it came in over IPv6. */
export const plainAddress = (ip: string): string => ip.replace(/^::ffff:/, '');

/** Empty for a caller that hung up already: its socket has no address any more. */
export const ipOf = (request: FastifyRequest): string =>
  request.raw.socket.remoteAddress === undefined ? '' : request.ip;

/** For doors whose callers are no browsers. */
export const callerByAddress = ({ ip }: Asker): Place => ({ place: `address:${plainAddress(ip)}` });

/** The doors of one port. */
export class DoorTable {
  private readonly places: { prefix: string; door: Door }[];

  /** One of them must have the prefix `/`. */
  constructor(readonly doors: readonly Door[]) {
    this.places = doors
      .flatMap((door) => door.prefixes.map((prefix) => ({ prefix, door })))
      .toSorted((one, other) => other.prefix.length - one.prefix.length);
    if (!this.places.some(({ prefix }) => prefix === '/')) throw new Error('No door takes "/".');
  }

  /** By the route that was found. The path as sent counts only where there is none, and so nothing to read or change. */
  of({ routeOptions, url }: Pick<FastifyRequest, 'routeOptions' | 'url'>): Door {
    return this.at(routeOptions?.url ?? plainPath(url));
  }

  at(path: string): Door {
    return this.places.find(({ prefix }) => isUnder(path, prefix))?.door ?? this.doors[0]!;
  }
}

export function isUnder(path: string, prefix: string): boolean {
  return prefix === '/' || path === prefix || path.startsWith(`${prefix}/`);
}

export function plainPath(url: string): string {
  const path = url.split('?', 1)[0] ?? '/';
  return decodePercent(path) ?? path;
}
