/**
 * HTTP to one node.
 * Guarantees: every wait and every body is bounded; no Origin, Referer or Sec-Fetch header leaves; credentials of
 * the URL travel as basic auth and appear in no message; a failure says whether bytes may have left (`CallWatch`);
 * bodies that nobody reads are destroyed; every text that is answered can be stored (`textInTurns`), and none holds the event loop while it is read; a GET whose link broke is sent once more, nothing else ever is.
 */
import type { IncomingHttpHeaders } from 'node:http';

import { Pool, type Dispatcher } from 'undici';

import { CallWatch } from './call-watch.js';
import { JsonTooLarge } from '../domain/json/json-parse.js';
import { parseAnswer, textInTurns } from '../json-in-turns.js';
import { ComfyCallError } from './errors.js';
import { type BytesAnswer, TextCall } from './text-call.js';
import { decodePercent, withoutTrailing } from '../../../platform/outside-text/index.js';

export interface Call {
  method: 'GET' | 'POST' | 'PUT';
  /** From `/`, below the base URL's own path. */
  path: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: string | Buffer | AsyncIterable<Uint8Array>;
  timeoutMs: number;
  /** By `performance.now()`; ends the call before `timeoutMs` does. */
  deadlineMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

export type TextAnswer = Omit<BytesAnswer, 'chunks'> & { text: string };

export interface OpenAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Dispatcher.ResponseData['body'];
}

export interface TransportOptions {
  connectMs: number;
  bodyIdleMs: number;
}

const maxConnections = 8;
const maxErrorBodyBytes = 64 * 1024;

export class NodeTransport {
  readonly #pool: Pool;
  readonly #prefix: string;
  readonly #headers: Record<string, string>;

  constructor(
    baseUrl: URL,
    private readonly options: TransportOptions,
  ) {
    this.#prefix = withoutTrailing(baseUrl.pathname, '/');
    this.#headers = authorizationOf(baseUrl);
    this.#pool = new Pool(baseUrl.origin, {
      connections: maxConnections,
      connect: { timeout: options.connectMs },
      headersTimeout: 0,
      bodyTimeout: options.bodyIdleMs,
    });
  }

  /** The whole answer, whatever its status, at most `maxBytes` of it. */
  async text(call: Call, maxBytes: number, isRetry = false): Promise<TextAnswer> {
    const watch = this.#watch(call);
    const reading = new TextCall(watch, `${call.method} ${call.path}`, maxBytes);
    try {
      const { chunks, ...answer } = await reading.read(this.#pool, this.#request(call));
      // What follows is our time, not the node's.
      watch.dispose();
      return { ...answer, text: await textInTurns(chunks) };
    } catch (cause) {
      watch.dispose();
      if (!isRetry && !reading.isAnswered && maySendAgain(call, watch, cause))
        return await this.text(call, maxBytes, true);
      throw watch.explain(cause);
    }
  }

  /** A 2xx answer's whole text; anything else throws `status`. */
  async okText(call: Call, maxBytes: number): Promise<string> {
    const answer = await this.text(call, maxBytes);
    if (answer.status < 200 || answer.status > 299) throw statusError(call, answer.status, answer.text);
    return answer.text;
  }

  async okJson(call: Call, maxBytes: number): Promise<unknown> {
    return parseBody(call, await this.okText(call, maxBytes));
  }

  /** As `openAny`, but anything other than 2xx throws `status`. */
  async open(call: Call): Promise<OpenAnswer> {
    const { watch, answer } = await this.#send(call);
    if (answer.status < 200 || answer.status > 299) return this.#refuse(call, watch, answer);
    return this.#flow(watch, answer);
  }

  /** An answer whose body flows without a total deadline. The caller reads or destroys it. */
  async openAny(call: Call): Promise<OpenAnswer> {
    const { watch, answer } = await this.#send(call);
    return this.#flow(watch, answer);
  }

  #flow(watch: CallWatch, answer: OpenAnswer): OpenAnswer {
    watch.clearDeadline();
    answer.body.once('close', () => watch.dispose());
    // Whoever reads it hears of a failure; where it is let go of unread, nobody does, and that must not end the process.
    answer.body.on('error', () => undefined);
    return answer;
  }

  /** Ends every request still under way. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #refuse(call: Call, watch: CallWatch, answer: OpenAnswer): Promise<never> {
    try {
      const text = await readBytes(answer.body, maxErrorBodyBytes, call).then(textInTurns, () => '');
      throw statusError(call, answer.status, text);
    } finally {
      watch.dispose();
    }
  }

  async #send(call: Call, isRetry = false): Promise<{ watch: CallWatch; answer: OpenAnswer }> {
    const watch = this.#watch(call);
    try {
      const options = { ...this.#request(call), signal: watch.signal };
      const request = this.#pool.compose(watch.interceptor).request(options);
      const { statusCode, headers, body } = await Promise.race([request, watch.ended()]);
      return { watch, answer: { status: statusCode, headers, body } };
    } catch (cause) {
      watch.dispose();
      if (!isRetry && maySendAgain(call, watch, cause)) return this.#send(call, true);
      throw watch.explain(cause);
    }
  }

  #watch({ method, path, timeoutMs, deadlineMs, signal }: Call): CallWatch {
    const startWithinMs = this.options.connectMs;
    return new CallWatch({ method, path, timeoutMs, deadlineMs, signal, startWithinMs });
  }

  #request(call: Call): Dispatcher.RequestOptions {
    const query = call.query ? `?${new URLSearchParams(call.query).toString()}` : '';
    return {
      method: call.method,
      path: `${this.#prefix}${call.path}${query}`,
      headers: { ...this.#headers, ...call.headers },
      body: call.body as Dispatcher.RequestOptions['body'],
    };
  }
}

const maySendAgain = ({ method }: Call, watch: CallWatch, cause: unknown): boolean =>
  method === 'GET' && watch.brokeAfterStart(cause);

/** Basic auth from the URL's userinfo, for HTTP and WebSocket alike. What is no escape is taken as it is. */
export function authorizationOf(baseUrl: URL): Record<string, string> {
  if (baseUrl.username === '' && baseUrl.password === '') return {};
  const [user, password] = [baseUrl.username, baseUrl.password].map((text) => decodePercent(text) ?? text);
  const userinfo = `${user}:${password}`;
  return { authorization: `Basic ${Buffer.from(userinfo).toString('base64')}` };
}

export async function parseBody(call: Call, text: string): Promise<unknown> {
  try {
    return await parseAnswer(text);
  } catch (cause) {
    const [kind, what] =
      cause instanceof JsonTooLarge
        ? (['too_large', `has ${cause.message}`] as const)
        : (['protocol', 'is not JSON'] as const);
    throw new ComfyCallError(kind, `${call.method} ${call.path}: the answer ${what}`, { cause });
  }
}

export function statusError(call: Call, status: number, text: string): ComfyCallError {
  const bodyText = text.slice(0, maxErrorBodyBytes);
  return new ComfyCallError('status', `${call.method} ${call.path}: status ${status}`, { status, bodyText });
}

async function readBytes(body: OpenAnswer['body'], maxBytes: number, call: Call): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += (chunk as Buffer).length;
    // Leaving the loop destroys the body.
    if (sizeBytes > maxBytes)
      throw new ComfyCallError(
        'too_large',
        `${call.method} ${call.path}: the answer is over ${maxBytes} bytes`,
      );
    chunks.push(chunk as Buffer);
  }
  return chunks;
}
