import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { parseJson } from '../wire/json-parse.js';
import { writeJson } from '../wire/json-write.js';
import { isDict, type Writable } from '../wire/values.js';

type Frame = string | Buffer;

/**
 * Sends events to WebSocket clients in the order they arise. One socket per client id: a newer one takes over, and when
 * the older one closes, the id is forgotten altogether, so that the newer one stays open and silent (the server's own bug).
 */
export class EventHub {
  private readonly sockets = new Map<string, WebSocket>();
  private readonly wantsMetadata = new Set<string>();
  private held: (() => void)[] | undefined;

  constructor(
    private readonly greeting: {
      status: () => Writable;
      runningNode: (id: string) => string | undefined;
      features: () => Writable;
    },
  ) {}

  connect(socket: WebSocket, clientId: string | null): void {
    const id = clientId === null || clientId === '' ? randomUUID().replaceAll('-', '') : clientId;
    this.sockets.set(id, socket);
    let isFirst = true;
    socket.on('message', (data, isBinary) => {
      if (isFirst && !isBinary) this.negotiate(id, socket, (data as Buffer).toString('utf8'));
      isFirst = false;
    });
    socket.on('close', () => {
      this.sockets.delete(id);
      this.wantsMetadata.delete(id);
    });
    socket.on('error', () => socket.terminate());
    this.sendTo(socket, textFrame('status', { status: this.greeting.status(), sid: id }));
    const node = this.greeting.runningNode(id);
    if (node !== undefined) this.sendTo(socket, textFrame('executing', { node }));
  }

  isConnected(clientId: string): boolean {
    return this.sockets.has(clientId);
  }

  /** To the client of this id, or to everyone when there is none (`null`). */
  send(type: string, data: Writable, clientId: string | null): void {
    this.publish(textFrame(type, data), clientId);
  }

  /** A step's preview: with metadata before `progress` for clients that asked for it, bare after it for the others. */
  sendPreview(jpeg: Uint8Array, metadata: Writable, clientId: string | null, when: 'before' | 'after'): void {
    const ids = clientId === null ? [...this.sockets.keys()] : [clientId];
    for (const id of ids) {
      const rich = this.wantsMetadata.has(id);
      if (rich === (when === 'before'))
        this.publish(rich ? richPreview(jpeg, metadata) : barePreview(jpeg), id);
    }
  }

  /** While held, events pile up unsent: a publisher stuck on some stalled client. */
  hold(): void {
    this.held ??= [];
  }

  release(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const send of held) send();
  }

  private publish(frame: Frame, clientId: string | null): void {
    const send = (): void => {
      const targets = clientId === null ? [...this.sockets.values()] : [this.sockets.get(clientId)];
      for (const socket of targets) if (socket !== undefined) this.sendTo(socket, frame);
    };
    if (this.held === undefined) send();
    else this.held.push(send);
  }

  private sendTo(socket: WebSocket, frame: Frame): void {
    if (socket.readyState === socket.OPEN) socket.send(frame, { binary: typeof frame !== 'string' });
  }

  private negotiate(id: string, socket: WebSocket, text: string): void {
    const message = tryParse(text);
    if (!isDict(message) || message.get('type') !== 'feature_flags') return;
    const flags = message.get('data');
    if (isDict(flags) && flags.get('supports_preview_metadata') === true) this.wantsMetadata.add(id);
    this.sendTo(socket, textFrame('feature_flags', this.greeting.features()));
  }
}

const textFrame = (type: string, data: Writable): string => writeJson({ type, data });

const jpegFormat = 1;

function barePreview(jpeg: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(1, 0);
  head.writeUInt32BE(jpegFormat, 4);
  return Buffer.concat([head, jpeg]);
}

function richPreview(jpeg: Uint8Array, metadata: Writable): Buffer {
  const text = Buffer.from(writeJson(metadata), 'utf8');
  const head = Buffer.alloc(8);
  head.writeUInt32BE(4, 0);
  head.writeUInt32BE(text.length, 4);
  return Buffer.concat([head, text, jpeg]);
}

function tryParse(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
