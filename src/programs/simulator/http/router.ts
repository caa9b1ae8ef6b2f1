import { bare, text, type Handler, type Reply } from './message.js';

/** Where a route answers: `both` on `/x` and `/api/x`, `bare` only as written. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Segments in braces are parameters: `/history/{id}`. */
  readonly path: string;
  readonly handle: Handler;
  readonly at?: 'both' | 'bare';
}

interface Compiled {
  readonly method: string;
  readonly pattern: RegExp;
  readonly handle: Handler;
}

export type Match = { handle: Handler; params: Record<string, string> } | { reply: Reply };

/** Finds a handler by method and path, and answers like aiohttp where there is none. */
export class Router {
  private readonly routes: Compiled[];

  constructor(routes: readonly Route[]) {
    this.routes = routes.flatMap((route) => {
      const paths = route.at === 'bare' ? [route.path] : [route.path, `/api${route.path}`];
      return paths.map((path) => ({ method: route.method, pattern: compile(path), handle: route.handle }));
    });
  }

  match(method: string, path: string): Match {
    const wanted = method === 'HEAD' ? 'GET' : method;
    const fitting = this.routes.filter((route) => route.pattern.test(path));
    const route = fitting.find((candidate) => candidate.method === wanted);
    if (route !== undefined) return { handle: route.handle, params: paramsOf(route.pattern, path) };
    if (method === 'OPTIONS') return { reply: bare(200) };
    if (wanted === 'GET')
      return {
        reply: {
          status: 404,
          headers: { 'Content-Type': 'application/octet-stream', 'Transfer-Encoding': 'chunked' },
        },
      };
    const allowed = fitting.flatMap((candidate) =>
      candidate.method === 'GET' ? ['GET', 'HEAD'] : [candidate.method],
    );
    const list = [...new Set([...allowed, 'GET', 'HEAD'])].toSorted();
    return {
      reply: text('405: Method Not Allowed', 405, {
        Allow: (fitting.length === 0 ? ['GET', 'HEAD'] : list).join(','),
      }),
    };
  }
}

const compile = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&').replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);

function paramsOf(pattern: RegExp, path: string): Record<string, string> {
  const groups = pattern.exec(path)?.groups ?? {};
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decode(value)]));
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
