/** What opens a route besides a key that is shown in a header: said beside the route, for clients that can send none. */
import type { LinkedFile } from '../../../modules/access/index.js';

export interface OpensBy {
  /** A token of one use in the query. */
  token?: true;
  /** What the query asks for, where a signature for just that lets in; undefined for what no link can name. */
  link?: (query: Record<string, unknown>) => LinkedFile | undefined;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    opensBy?: OpensBy;
  }
}

/** Of a repeated parameter none counts: two readers might take different ones. */
export function textOf(query: unknown, name: string): string | undefined {
  if (typeof query !== 'object' || query === null) return undefined;
  const value: unknown = (query as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : undefined;
}
