/** What a route does, said beside it: who may is decided in `modules/access`. A route that says nothing is closed. */
import { RouteConfig } from '@nestjs/platform-fastify';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';
import type { Kind, Verb } from '../../../modules/access/index.js';

/** `open` is for probes, and for what tells nobody anything. */
export type RouteAccess = 'open' | { verb: Verb; kind: Kind };

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess;
  }
}

export const to = (verb: Verb, kind: Kind): RouteAccess => ({ verb, kind });

/** For routes of Nest's controllers; stands above the others, whose settings of the route it keeps. */
export function Access(...said: ['open'] | [verb: Verb, kind: Kind]): MethodDecorator {
  const access: RouteAccess = said.length === 1 ? said[0] : to(...said);
  return (target, key, descriptor) => {
    const before: unknown = Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, descriptor.value as object);
    RouteConfig({ ...(before as object | undefined), access })(target, key, descriptor);
  };
}
