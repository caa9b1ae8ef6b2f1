import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { parseJson } from '../wire/json-parse.js';
import { writeJson } from '../wire/json-write.js';
import type { Value, Writable } from '../wire/values.js';

/** A request with its path parameters decoded. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The whole body; throws `BodyTooLarge`. */
  readonly body: () => Promise<Buffer>;
  /** Whatever the `Content-Type` says. Throws `SyntaxError`, which becomes the server's 500. */
  readonly json: () => Promise<Value>;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** A part of a file, streamed; both ends inclusive. */
  readonly file?: { path: string; start: number; end: number };
  /** Break the connection instead of answering. */
  readonly hangUp?: boolean;
}

export type Handler = (request: Request) => Reply | Promise<Reply>;

export const json = (value: Writable, status = 200): Reply => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=utf-8' },
  body: writeJson(value),
});

/** JSON that is written already. */
export const jsonBytes = (body: Uint8Array): Reply => ({
  status: 200,
  headers: { 'Content-Type': 'application/json; charset=utf-8' },
  body,
});

export const text = (body: string, status: number, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers },
  body,
});

/** A bare status, as most explicit refusals are. */
export const bare = (status: number): Reply => ({ status });

export const serverError: Reply = {
  ...text('500 Internal Server Error\n\nServer got itself in trouble', 500),
  headers: { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' },
};

export class BodyTooLarge extends Error {
  constructor(readonly maxBytes: number) {
    super(`Maximum request body size ${maxBytes} exceeded.`);
  }
}

async function readBody(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(message.headers['content-length'] ?? 0) > maxBytes) throw new BodyTooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  const stream: AsyncIterable<Buffer> = message.iterator({ destroyOnReturn: false });
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > maxBytes) throw new BodyTooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function toRequest(
  message: IncomingMessage,
  url: URL,
  params: Record<string, string>,
  maxBytes: number,
): Request {
  let body: Promise<Buffer> | undefined;
  const read = (): Promise<Buffer> => (body ??= readBody(message, maxBytes));
  return {
    method: message.method ?? 'GET',
    path: url.pathname,
    params,
    query: url.searchParams,
    headers: message.headers,
    body: read,
    json: async () => parseJson((await read()).toString('utf8')),
  };
}
