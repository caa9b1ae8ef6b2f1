/** The service as the commands ask it: typed by its own documentation, bounded, and never following an answer to another server. */
import createClient from 'openapi-fetch';
import { signalWithin } from '../../../platform/lifecycle/index.js';
import { Failure, failureOf } from '../failure.js';
import type { Target } from '../settings/settings.js';
import type { paths } from '../../api-routes.js';

const answerBytesMax = 64 * 1024 * 1024;
const answerTimeoutMs = 660_000;

export interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

export class Api {
  readonly routes: ReturnType<typeof createClient<paths>>;

  constructor(readonly target: Target) {
    this.routes = createClient<paths>({
      baseUrl: target.server,
      fetch: async (request: Request) => this.bounded(request),
    });
  }

  /** What was answered; a failure in the command line's words where it was none. */
  async told<Data>(asked: Promise<Answer<Data>>): Promise<Data> {
    const { data, error, response } = await asked.catch((cause: unknown) => {
      throw this.unreachable(cause);
    });
    if (!response.ok) throw failureOf(response.status, error);
    return data as Data;
  }

  /** A body as text, in which numbers keep their digits, or as bytes. */
  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const request = new Request(new URL(path, this.base), init);
    const response = await this.bounded(request).catch((cause: unknown) => {
      throw this.unreachable(cause);
    });
    if (response.ok) return response;
    throw failureOf(response.status, await response.json().catch(() => undefined));
  }

  /** JSON as text, in which numbers keep their digits; answered with JSON. */
  async sendJson(path: string, text: string, { method = 'POST', headers = {} } = {}): Promise<unknown> {
    const all = { 'content-type': 'application/json', ...headers };
    return (await this.send(path, { method, headers: all, body: text })).json();
  }

  /** Without a bound on what comes: for streams and files. The caller reads it. */
  async open(path: string, headers: Record<string, string>, signal?: AbortSignal): Promise<Response> {
    const response = await this.ask(
      new Request(new URL(path, this.base), { headers, ...(signal && { signal }) }),
    ).catch((cause: unknown) => {
      throw this.unreachable(cause);
    });
    if (response.ok) return response;
    throw failureOf(response.status, await response.json().catch(() => undefined));
  }

  private get base(): string {
    return this.target.server.endsWith('/') ? this.target.server : `${this.target.server}/`;
  }

  private async ask(request: Request): Promise<Response> {
    if (this.target.key !== undefined) request.headers.set('authorization', `Bearer ${this.target.key}`);
    // An answer that leads elsewhere would take the key there.
    const response = await fetch(request, { redirect: 'manual' });
    if (response.status >= 300 && response.status < 400)
      throw new Failure(
        'unreachable',
        `${this.target.server} leads to another address`,
        'name that address as the server',
      );
    return response;
  }

  private async bounded(request: Request): Promise<Response> {
    const signal = signalWithin(answerTimeoutMs, request.signal);
    const response = await this.ask(new Request(request, { signal }));
    const { status, headers } = response;
    if (status === 204) return response;
    return new Response(new Uint8Array(await bytesOf(response)), { status, headers: plain(headers) });
  }

  private unreachable(cause: unknown): Failure {
    if (cause instanceof Failure) return cause;
    const { server, source } = this.target;
    const reason =
      cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    if (cause instanceof SyntaxError)
      return new Failure(
        'unreachable',
        `${server} answers, and not as ComfyMux does`,
        `is it the right address? It is that of ${source}`,
      );
    return new Failure(
      'unreachable',
      `${server} does not answer: ${reason}`,
      `is it the right address (it is that of ${source}), and does it run? comfymux doctor`,
    );
  }
}

async function bytesOf(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > answerBytesMax) throw new Failure('unreachable', 'the server answers more than fits here');
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks);
}

/** The body is decoded and whole by now. */
function plain(headers: Headers): Headers {
  const kept = new Headers(headers);
  for (const name of ['content-encoding', 'content-length', 'transfer-encoding']) kept.delete(name);
  return kept;
}
