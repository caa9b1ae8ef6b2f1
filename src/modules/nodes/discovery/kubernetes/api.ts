/** The few calls of the Kubernetes API that following a resource needs, with the credentials of the pod. */
import { readFile } from 'node:fs/promises';
import { Agent } from 'undici';
import { z } from 'zod';

export interface KubernetesApiOptions {
  url: string;
  tokenFile: string;
  caFile: string;
  /** A connection that brings nothing for so long is dead; longer than a watch lasts. */
  idleTimeoutMs: number;
}

const connectTimeoutMs = 10_000;
const headersTimeoutMs = 30_000;
const pageMaxBytes = 64 * 1024 * 1024;

export class KubernetesError extends Error {
  override readonly name = 'KubernetesError';

  constructor(
    readonly status: number,
    message: string,
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }

  /** What was asked to go on from is forgotten: only a new list helps. */
  get isExpired(): boolean {
    return this.status === 410;
  }
}

const listPage = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().optional() }),
  items: z.array(z.unknown()).nullable(),
});
export type ListPage = z.output<typeof listPage>;

const failure = z.object({
  message: z.string().optional(),
  code: z.number().optional(),
  details: z.object({ retryAfterSeconds: z.number().optional() }).nullish(),
});

type Query = Readonly<Record<string, string>>;

export class KubernetesApi {
  private agent: Agent | undefined;
  private ca: string | undefined;

  constructor(private readonly options: KubernetesApiOptions) {}

  async list(path: string, query: Query, signal: AbortSignal): Promise<ListPage> {
    const body = await this.get(path, query, signal);
    return listPage.parse(JSON.parse(await textOf(body)));
  }

  /** The bytes of the watch, until the server ends it. */
  async watch(path: string, query: Query, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    return this.get(path, { ...query, watch: '1', allowWatchBookmarks: 'true' }, signal);
  }

  async close(): Promise<void> {
    await this.agent?.destroy();
  }

  private async get(path: string, query: Query, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const token = await contentOf(this.options.tokenFile);
    const url = new URL(this.options.url);
    const { statusCode, headers, body } = await (
      await this.dispatcher()
    ).request({
      origin: url.origin,
      path: `${url.pathname.replace(/\/$/, '')}${path}`,
      query,
      method: 'GET',
      headers: {
        accept: 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token.trim()}` }),
      },
      signal,
      headersTimeout: headersTimeoutMs,
      bodyTimeout: this.options.idleTimeoutMs,
    });
    if (statusCode === 200) return body;
    const retryAfterS = Number(headers['retry-after']);
    throw errorOf(
      statusCode,
      await textOf(body).catch(() => ''),
      Number.isFinite(retryAfterS) ? retryAfterS : undefined,
    );
  }

  /** Certificates are renewed while the pod runs. */
  private async dispatcher(): Promise<Agent> {
    const ca = await contentOf(this.options.caFile);
    if (this.agent && ca === this.ca) return this.agent;
    // What is under way with the old ones comes to its end.
    void this.agent?.close();
    this.ca = ca;
    this.agent = new Agent({ connect: { timeout: connectTimeoutMs, ...(ca !== undefined && { ca }) } });
    return this.agent;
  }
}

/** `text` is a Status of Kubernetes, or what a proxy before it says. */
export function errorOf(status: number, text: string, retryAfterS?: number): KubernetesError {
  let told: z.output<typeof failure> = {};
  try {
    told = failure.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    // Not a Status: its number says enough.
  }
  const waitS = told.details?.retryAfterSeconds ?? retryAfterS;
  return new KubernetesError(
    told.code ?? status,
    `the Kubernetes API answers ${told.code ?? status}: ${(told.message ?? text).slice(0, 500)}`,
    waitS === undefined ? undefined : waitS * 1000,
  );
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > pageMaxBytes)
      throw new Error(`the Kubernetes API answers with more than ${pageMaxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Undefined when there is no such file: a proxy on this machine may need none. */
async function contentOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
