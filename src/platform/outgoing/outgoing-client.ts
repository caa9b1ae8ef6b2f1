/**
 * GET and PUT of an address that a caller chose. No connection is made to an address that is not public unless an operator opened it;
 * every redirect is held against the same rules; the whole transfer is bounded in time, its size by who reads it.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { Agent, type Dispatcher, request } from 'undici';
import { parseUrl } from '../outside-text/index.js';
import { guardedLookup, type Resolve } from './guarded-lookup.js';
import { type OutgoingRules, refusalOfTarget } from './target.js';

const redirectsMax = 5;
const connectTimeoutMs = 10_000;
const answerBytesMax = 65_536;
const redirects = new Set([301, 302, 303, 307, 308]);

/** `message` may be read by the caller: it tells nothing of networks that he does not see. */
export class OutgoingError extends Error {
  override readonly name = 'OutgoingError';
}

export interface OutgoingAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** To be read or left by `return`. What ends it early is an OutgoingError. */
  body: AsyncGenerator<Uint8Array>;
}

export interface OutgoingClientOptions {
  rules: OutgoingRules;
  /** From the first connection to the last byte. */
  timeoutMs: number;
  /** Tests put their own in the place of the system's. */
  resolve?: Resolve;
}

export class OutgoingClient {
  private readonly agent: Agent;

  constructor(private readonly options: OutgoingClientOptions) {
    this.agent = new Agent({
      connections: 8,
      maxOrigins: 512,
      keepAliveTimeout: 4_000,
      headersTimeout: options.timeoutMs,
      bodyTimeout: options.timeoutMs,
      connect: {
        timeout: Math.min(connectTimeoutMs, options.timeoutMs),
        lookup: guardedLookup(options.rules.open, options.resolve),
      },
    });
  }

  /** Follows redirects. Throws OutgoingError. */
  async get(address: string, headers: Record<string, string> = {}): Promise<OutgoingAnswer> {
    const signal = AbortSignal.timeout(this.options.timeoutMs);
    let url = address;
    for (let hop = 0; hop <= redirectsMax; hop += 1) {
      const answer = await this.once(url, headers, signal);
      const { location } = answer.headers;
      if (!redirects.has(answer.status) || typeof location !== 'string') return answer;
      await answer.body.return(undefined);
      url = this.next(url, location);
    }
    throw new OutgoingError(`it redirects more than ${redirectsMax} times`);
  }

  /** The status of the answer. Follows no redirect: whoever gave the address gave it for these bytes. Throws OutgoingError. */
  async put(
    address: string,
    { body, sizeBytes, mime }: { body: Readable | Uint8Array; sizeBytes: number; mime: string },
  ): Promise<number> {
    const signal = AbortSignal.timeout(this.options.timeoutMs);
    const headers = { 'content-type': mime, 'content-length': String(sizeBytes) };
    const answer = await this.ask(address, { method: 'PUT', headers, body, signal });
    await answer.body.dump({ limit: answerBytesMax, signal }).catch(() => undefined);
    return answer.statusCode;
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private async *read(body: Readable, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    // An error after the last reader has gone must not end the process.
    body.on('error', () => undefined);
    try {
      yield* body as AsyncIterable<Uint8Array>;
    } catch (cause) {
      throw new OutgoingError(reasonOf(cause, signal, this.options.timeoutMs), { cause });
    } finally {
      body.destroy();
    }
  }

  private next(from: string, location: string): string {
    const target = parseUrl(location, from);
    if (!target) throw new OutgoingError('it redirects to what is no URL');
    return target.href;
  }

  private async once(
    url: string,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<OutgoingAnswer> {
    const answer = await this.ask(url, { method: 'GET', headers: { accept: '*/*', ...headers }, signal });
    return { status: answer.statusCode, headers: answer.headers, body: this.read(answer.body, signal) };
  }

  /** Of an address that the rules allow. */
  private async ask(
    url: string,
    options: {
      method: 'GET' | 'PUT';
      headers: Record<string, string>;
      body?: Readable | Uint8Array;
      signal: AbortSignal;
    },
  ): Promise<Dispatcher.ResponseData> {
    const refusal = refusalOfTarget(url, this.options.rules);
    if (refusal !== null) throw new OutgoingError(`it ${refusal}`);
    try {
      return await request(url, { ...options, dispatcher: this.agent });
    } catch (cause) {
      throw new OutgoingError(reasonOf(cause, options.signal, this.options.timeoutMs), { cause });
    }
  }
}

/** What ended a transfer, for the caller. */
function reasonOf(cause: unknown, signal: AbortSignal, timeoutMs: number): string {
  if (signal.aborted || (cause instanceof Error && /timeout/i.test(cause.name + cause.message)))
    return `it did not answer whole within ${Math.round(timeoutMs / 1000)} s`;
  if (cause instanceof Error && /resolves to closed addresses/.test(cause.message))
    return 'it leads to an address that is not public: an operator can open it in OUTGOING_HOSTS';
  return 'it could not be reached, or broke off';
}
