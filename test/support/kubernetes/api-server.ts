/**
 * A small Kubernetes API server: lists in pages and watches EndpointSlices and Pods over TLS with bearer tokens, as
 * kube-apiserver does. It can be made to misbehave in the ways that networks and real servers do.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { generate } from 'selfsigned';
import { type Change, type KubeObject, ObjectStore } from './object-store.js';

const kinds: Record<string, { kind: string; apiVersion: string; group: string }> = {
  pods: { kind: 'Pod', apiVersion: 'v1', group: '' },
  endpointslices: { kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1', group: 'discovery.k8s.io' },
};

export interface ApiServerFaults {
  /** Every request is answered with this status. */
  status?: number;
  /** Watches say nothing more, and stay open: the connection is half dead. */
  silent?: boolean;
  /** Watches are cut into pieces of so many bytes. */
  pieceBytes?: number;
  /** These resources are forbidden. */
  forbidden?: string[];
  /** Pages of a list are no longer than this. */
  pageMax?: number;
}

interface Watch {
  resource: string;
  push: () => void;
  bookmark: () => void;
  fail: (code: number, reason: string) => void;
}

export class ApiServer {
  faults: ApiServerFaults = {};
  token = 'first-token';
  /** `list` or `watch`, the resource, and the version or page that was asked for. */
  readonly requests: string[] = [];
  private readonly watches = new Set<Watch>();
  private readonly sockets = new Set<Duplex>();

  private constructor(
    readonly store: ObjectStore,
    readonly ca: string,
    private readonly server: Server,
    private port: number,
  ) {}

  static async start(store = new ObjectStore()): Promise<ApiServer> {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'kubernetes' }], {
      keySize: 2048,
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
      ],
    });
    const server = createServer({ key, cert });
    const api = new ApiServer(store, cert, server, 0);
    server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      api.answer(request, response),
    );
    server.on('connection', (socket) => {
      api.sockets.add(socket);
      socket.on('close', () => api.sockets.delete(socket));
    });
    store.onChange(() => api.eachWatch((watch) => watch.push()));
    await api.listen();
    return api;
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  get watchesOpen(): number {
    return this.watches.size;
  }

  /** The server is away: connections break, new ones are refused. */
  async goAway(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.breakConnections();
    await closed;
  }

  async comeBack(): Promise<void> {
    await this.listen();
  }

  async stop(): Promise<void> {
    if (this.server.listening) await this.goAway();
  }

  breakConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  bookmark(): void {
    this.eachWatch((watch) => watch.bookmark());
  }

  /** An error within the stream, as a watch cache sends it. */
  failWatches(code: number, reason: string): void {
    this.eachWatch((watch) => watch.fail(code, reason));
  }

  private eachWatch(act: (watch: Watch) => void): void {
    if (!this.faults.silent) for (const watch of this.watches) act(watch);
  }

  private async listen(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '', this.url);
    const [, namespace = '', resource = ''] =
      /^\/(?:api\/v1|apis\/discovery\.k8s\.io\/v1)\/namespaces\/([^/]+)\/(pods|endpointslices)$/.exec(
        pathname,
      ) ?? [];
    const known = kinds[resource];
    const { status, forbidden } = this.faults;
    if (status !== undefined)
      return refuse(response, status, 'ServiceUnavailable', 'the server is not itself');
    if (request.headers.authorization !== `Bearer ${this.token}`)
      return refuse(response, 401, 'Unauthorized', 'Unauthorized');
    if (!known) return refuse(response, 404, 'NotFound', 'the server could not find the requested resource');
    if (forbidden?.includes(resource))
      return refuse(
        response,
        403,
        'Forbidden',
        `${resource} is forbidden: User "test" cannot list resource "${resource}"`,
      );
    const query = {
      namespace,
      resource,
      selector: selectorOf(searchParams.get('labelSelector')),
      params: searchParams,
    };
    return searchParams.get('watch') === '1' ? this.watch(response, query) : this.list(response, query);
  }

  private list(response: ServerResponse, { namespace, resource, selector, params }: Query): void {
    const token = params.get('continue');
    this.requests.push(`list ${resource}${token === null ? '' : ' continue'}`);
    const { version, after } =
      token === null
        ? { version: this.store.version, after: '' }
        : (JSON.parse(Buffer.from(token, 'base64').toString()) as { version: number; after: string });
    if (version < this.store.compactedAt)
      return refuse(
        response,
        410,
        'Expired',
        'The provided continue parameter is too old to display a consistent list result.',
      );
    const { kind, apiVersion } = kinds[resource]!;
    const rest = this.store
      .list(kind, namespace)
      .filter((object) => selector(object) && object.metadata.name > after);
    const limit = Math.min(Number(params.get('limit') ?? Infinity), this.faults.pageMax ?? Infinity);
    const page = rest.slice(0, limit);
    const more = rest.length > page.length && {
      continue: Buffer.from(JSON.stringify({ version, after: page.at(-1)?.metadata.name })).toString(
        'base64',
      ),
      remainingItemCount: rest.length - page.length,
    };
    const items = page.map(({ kind: _kind, apiVersion: _version, ...object }) => object);
    json(response, 200, {
      kind: `${kind}List`,
      apiVersion,
      metadata: { resourceVersion: String(version), ...more },
      items,
    });
  }

  private watch(response: ServerResponse, { namespace, resource, selector, params }: Query): void {
    const asked = params.get('resourceVersion') ?? '';
    this.requests.push(`watch ${resource} from ${asked}`);
    const { kind, apiVersion } = kinds[resource]!;
    const start = asked === '' || asked === '0' ? 0 : Number(asked);
    if (start < this.store.compactedAt)
      return refuse(
        response,
        410,
        'Expired',
        `too old resource version: ${asked} (${this.store.compactedAt})`,
      );
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
    response.flushHeaders();
    let seen = start;
    const write = (event: object): void => this.write(response, `${JSON.stringify(event)}\n`);
    const watch: Watch = {
      resource,
      push: () => {
        for (const change of this.store.since(seen)) {
          seen = change.version;
          const event = eventOf(change, kind, namespace, selector);
          if (event) write(event);
        }
      },
      bookmark: () => {
        if (params.get('allowWatchBookmarks') !== 'true') return;
        seen = Math.max(seen, this.store.version);
        write({
          type: 'BOOKMARK',
          object: { kind, apiVersion, metadata: { resourceVersion: String(seen) } },
        });
      },
      fail: (code, reason) => {
        write({ type: 'ERROR', object: statusOf(code, reason, `too old resource version: ${seen}`) });
        response.end();
      },
    };
    this.watches.add(watch);
    const timer = setTimeout(() => response.end(), Number(params.get('timeoutSeconds') ?? 1800) * 1000);
    response.on('close', () => {
      clearTimeout(timer);
      this.watches.delete(watch);
    });
    watch.push();
  }

  private write(response: ServerResponse, text: string): void {
    const bytes = Buffer.from(text);
    const size = this.faults.pieceBytes ?? bytes.length;
    for (let at = 0; at < bytes.length; at += size) response.write(bytes.subarray(at, at + size));
  }
}

interface Query {
  namespace: string;
  resource: string;
  selector: (object: KubeObject) => boolean;
  params: URLSearchParams;
}

/** An object that comes into the selector is added, one that leaves it is deleted. */
function eventOf(
  { type, object, before }: Change,
  kind: string,
  namespace: string,
  selector: (object: KubeObject) => boolean,
): object | undefined {
  if (object.kind !== kind || object.metadata.namespace !== namespace) return undefined;
  const matched = before !== undefined && selector(before);
  const matches = type !== 'DELETED' && selector(object);
  if (matches) return { type: matched ? 'MODIFIED' : 'ADDED', object };
  return matched ? { type: 'DELETED', object } : undefined;
}

function selectorOf(text: string | null): (object: KubeObject) => boolean {
  const pairs = (text ?? '').split(',').filter((pair) => pair !== '');
  return ({ metadata }) =>
    pairs.every((pair) => {
      const [key = '', value] = pair.split('=');
      return metadata.labels?.[key] === value;
    });
}

const statusOf = (code: number, reason: string, message: string): object => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message,
  reason,
  code,
});

const refuse = (response: ServerResponse, code: number, reason: string, message: string): void =>
  json(response, code, statusOf(code, reason, message));

function json(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text);
}
