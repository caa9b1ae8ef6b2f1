/**
 * The WebSocket clients of this replica. A frame goes to the sockets of one client at one place and to no other; several
 * sockets of one client all get it, so that a reconnect never silences itself.
 */
import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type WebSocket, WebSocketServer } from 'ws';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { parsePlainJson } from '../../../modules/comfyui/index.js';
import { ClusterFactsService } from '../../../modules/fleet/index.js';
import type { SocketOffer } from '../../kit/index.js';
import type { Owner } from '../domain/may-touch.js';
import { eventText } from '../domain/prompt-record.js';
import { ClientSocket } from './client-socket.js';
import { QueueCount } from './queue-count.js';

/** ComfyUI's own limit of a message. */
const messageBytesMax = 4 * 1024 * 1024;
const pingIntervalMs = 25_000;
const closeGraceMs = 1_000;

@Injectable()
export class SocketHub implements OnModuleDestroy {
  executingNodeOf: (client: Owner) => string | undefined = () => undefined;
  private readonly server = new WebSocketServer({
    noServer: true,
    maxPayload: messageBytesMax,
    perMessageDeflate: false,
  });
  private readonly clients = new Map<string, Set<ClientSocket>>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(QueueCount) private readonly count: QueueCount,
    @Inject(ClusterFactsService) private readonly facts: ClusterFactsService,
  ) {
    count.onChange((remaining) => this.broadcastStatus(remaining));
  }

  async onModuleDestroy(): Promise<void> {
    for (const client of this.all()) client.close();
    const patience = setTimeout(() => {
      for (const client of this.all()) client.terminate();
    }, closeGraceMs);
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      if (this.server.clients.size === 0) resolve();
    });
    clearTimeout(patience);
  }

  /** Takes an upgrade request that was let in. */
  accept({ request, socket, head, caller }: SocketOffer): void {
    this.server.handleUpgrade(request, socket, head, (webSocket) =>
      this.welcome(webSocket, caller.place, caller.clientId),
    );
  }

  isConnected(owner: Owner): boolean {
    return this.clients.has(keyOf(owner));
  }

  sendText(owner: Owner, frame: string): void {
    for (const client of this.clients.get(keyOf(owner)) ?? []) client.text(frame);
  }

  sendBinary(owner: Owner, frame: Buffer): void {
    for (const client of this.clients.get(keyOf(owner)) ?? []) client.binary(frame);
  }

  sendStatus(owner: Owner, remaining: number): void {
    this.sendText(owner, statusText(remaining));
  }

  private broadcastStatus(remaining: number): void {
    const frame = statusText(remaining);
    for (const client of this.all()) client.text(frame);
  }

  private all(): ClientSocket[] {
    return [...this.clients.values()].flatMap((sockets) => [...sockets]);
  }

  private welcome(webSocket: WebSocket, place: string, given: string | undefined): void {
    const clientId = given === undefined || given === '' ? randomUUID().replaceAll('-', '') : given;
    const client = new ClientSocket(clientId, place, webSocket, {
      bufferBytesMax: this.config.NATIVE_SOCKET_BUFFER_BYTES,
      pingIntervalMs,
    });
    const key = keyOf(client);
    this.clients.set(key, (this.clients.get(key) ?? new Set()).add(client));
    webSocket.on('close', () => this.leave(key, client));
    webSocket.once('message', (data, isBinary) => {
      if (!isBinary && Buffer.isBuffer(data)) this.negotiate(client, data.toString('utf8'));
    });
    void this.greet(client);
  }

  /** What it has queued itself counts, or it would take it for ended. */
  private async greet(client: ClientSocket): Promise<void> {
    const remaining = await this.count.for(client);
    const node = this.executingNodeOf(client);
    client.begin([
      eventText('status', { status: execInfo(remaining), sid: client.clientId }),
      ...(node === undefined ? [] : [eventText('executing', { node })]),
    ]);
  }

  private leave(key: string, client: ClientSocket): void {
    const sockets = this.clients.get(key);
    sockets?.delete(client);
    if (sockets?.size === 0) this.clients.delete(key);
  }

  /** Feature flags count only as the very first message. */
  private negotiate(client: ClientSocket, text: string): void {
    const message = readMessage(text);
    if (message?.type !== 'feature_flags') return;
    client.wantsMetadata = message.data?.supports_preview_metadata === true;
    client.text(eventText('feature_flags', this.facts.features()));
  }
}

const keyOf = ({ place, clientId }: Owner): string => `${place} ${clientId}`;
const execInfo = (remaining: number) => ({ exec_info: { queue_remaining: remaining } });
const statusText = (remaining: number): string => eventText('status', { status: execInfo(remaining) });

function readMessage(
  text: string,
): { type?: unknown; data?: { supports_preview_metadata?: unknown } } | undefined {
  try {
    const message = parsePlainJson(text);
    return typeof message === 'object' && message !== null ? message : undefined;
  } catch {
    return undefined;
  }
}
