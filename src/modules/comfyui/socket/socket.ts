/**
 * The event socket of one node, kept open.
 * Guarantees: every connection has a client id of its own (a server forgets the new owner of an id when the old one
 * closes) and the next begins only after the last is closed; a dead link is noticed by missing pongs; frames and
 * waits are bounded; `start` and `stop` may be called in any order and number, and `stop` waits for the end; nothing that
 * the address, a frame or a listener does ends the loop or leaves it as a rejection.
 * Events are a hint and polling is the truth: nothing is replayed, and the events of prompts that were posted with an
 * earlier `clientId` never come. npm `ws` rather than undici's WebSocket, which reports no pong.
 */
import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';

import { WebSocket, type RawData } from 'ws';

import { decodeBinaryEvent, type ComfyBinaryEvent } from '../domain/events/binary-events.js';
import { parseEvent, readEvent, type ComfyEvent } from '../domain/events/events.js';
import { storableJsonText } from '../domain/json/storable.js';
import { parseAnswer, textInTurns } from '../json-in-turns.js';
import { SocketWatch } from './socket-watch.js';
import { authorizationOf } from '../transport/transport.js';
import { withoutTrailing } from '../../../platform/outside-text/index.js';

export interface ComfySocketOptions {
  baseUrl: URL;
  /** Default 10,000. */
  handshakeTimeoutMs?: number;
  /** Default 20,000. */
  pingIntervalMs?: number;
  /** Longest wait for a pong before the link counts as dead; a node at work can freeze for long. Default 60,000. */
  pongTimeoutMs?: number;
  /** Time without any frame after which `silent` is told, once per silence. Default 60,000. */
  silenceMs?: number;
  /** First pause before a reconnect; doubles up to `maxBackoffMs`, ±50 %. Default 500 and 15,000. */
  minBackoffMs?: number;
  maxBackoffMs?: number;
  /** Longest wait for the close handshake. Default 3,000. */
  closeTimeoutMs?: number;
  /** Largest frame taken; a larger one ends the connection. Default 64 MiB. */
  maxFrameBytes?: number;
}

export interface ComfySocketEvents {
  /** The id under which the node now knows this socket: `clientId` for prompts posted from here on. */
  open: [clientId: string];
  event: [event: ComfyEvent];
  binary: [event: ComfyBinaryEvent];
  /** Every text frame as it came, also of unknown types; `event` is its reading. */
  text: [text: string, event: ComfyEvent | undefined];
  /** Every binary frame as it came. */
  frame: [bytes: Buffer];
  /** No frame for so long. An idle node is silent too: only meaningful while something runs. */
  silent: [silentForMs: number];
  /** The connection, or the attempt at one, ended; another follows unless stopped. */
  close: [closed: { clientId: string; code: number; reason: string; error: Error | undefined }];
  /** A listener failed on a frame, or the connection could not even be begun. The socket goes on. */
  trouble: [error: unknown];
}

/** Longer texts are read in turns with everything else. */
const shortBytes = 65_536;
const textBytesMax = 8 * 1024 * 1024;

const defaults = {
  handshakeTimeoutMs: 10_000,
  pingIntervalMs: 20_000,
  pongTimeoutMs: 60_000,
  silenceMs: 60_000,
  minBackoffMs: 500,
  maxBackoffMs: 15_000,
  closeTimeoutMs: 3_000,
  maxFrameBytes: 64 * 1024 * 1024,
};

export class ComfySocket extends EventEmitter<ComfySocketEvents> {
  readonly #options: Required<ComfySocketOptions>;
  #clientId: string = randomUUID();
  #connection: WebSocket | undefined;
  #failures = 0;
  #stopping = new AbortController();
  #running: Promise<void> | undefined;
  /** While a long frame is read, and what came behind it. */
  #waiting: Promise<void> | undefined;

  constructor(options: ComfySocketOptions) {
    super();
    this.#options = { ...defaults, ...options };
  }

  /** Id of the present connection, or of the last or coming one while there is none. */
  get clientId(): string {
    return this.#clientId;
  }

  get connected(): boolean {
    return this.#connection?.readyState === WebSocket.OPEN;
  }

  start(): void {
    if (this.#running) return;
    this.#stopping = new AbortController();
    this.#running = this.#run(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#stopping.abort();
    await running;
    if (this.#running === running) this.#running = undefined;
  }

  async #run(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      await this.#connectOnce(stopped).catch((error: unknown) => this.#troubled(error));
      this.#clientId = randomUUID();
      await delay(this.#backoffMs(), undefined, { signal: stopped }).catch(() => undefined);
    }
  }

  #backoffMs(): number {
    const { minBackoffMs, maxBackoffMs } = this.#options;
    const base = Math.min(maxBackoffMs, minBackoffMs * 2 ** Math.min(this.#failures++, 20));
    return base * (0.5 + Math.random());
  }

  /** One connection from dialling to its last event. */
  async #connectOnce(stopped: AbortSignal): Promise<void> {
    const clientId = this.#clientId;
    const connection = this.#dial(clientId);
    const watch = new SocketWatch(connection, this.#options, (silentForMs) =>
      this.#guarded(() => this.emit('silent', silentForMs)),
    );
    const onStop = () => watch.close();
    let error: Error | undefined;
    connection.on('open', () => this.#guarded(() => this.#onOpen(connection, clientId)));
    connection.on('message', (data, isBinary) =>
      this.#guarded(() => this.#onMessage(connection, data, isBinary)),
    );
    connection.on('error', (cause) => (error ??= cause));
    stopped.addEventListener('abort', onStop, { once: true });
    const [code, reason] = await closed(connection);
    stopped.removeEventListener('abort', onStop);
    watch.dispose();
    await this.#waiting;
    this.#connection = undefined;
    this.emit('close', { clientId, code, reason, error });
  }

  #dial(clientId: string): WebSocket {
    const { baseUrl, handshakeTimeoutMs, maxFrameBytes } = this.#options;
    const url = new URL(baseUrl);
    url.protocol = baseUrl.protocol === 'https:' ? 'wss:' : 'ws:';
    url.pathname = `${withoutTrailing(baseUrl.pathname, '/')}/ws`;
    url.search = new URLSearchParams({ clientId }).toString();
    // A socket's URL must have none.
    url.hash = '';
    // Credentials go in the header, so that no error quotes them with the URL.
    [url.username, url.password] = ['', ''];
    this.#connection = new WebSocket(url, {
      headers: authorizationOf(baseUrl),
      handshakeTimeout: handshakeTimeoutMs,
      maxPayload: maxFrameBytes,
      perMessageDeflate: false,
      // A look through megabytes at once; what is no UTF-8 is replaced where texts are read.
      skipUTF8Validation: true,
    });
    return this.#connection;
  }

  /** An event handler has no caller: what it throws would end the process. */
  #guarded(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.#troubled(error);
    }
  }

  #troubled(error: unknown): void {
    try {
      this.emit('trouble', error);
    } catch {
      // Whoever hears of trouble must not make more.
    }
  }

  #onOpen(connection: WebSocket, clientId: string): void {
    // Counts only as the very first message of a connection.
    connection.send(JSON.stringify({ type: 'feature_flags', data: { supports_preview_metadata: true } }));
    this.emit('open', clientId);
  }

  /** In the order in which they came: what follows one that takes long to read waits for it, and the node with it. */
  #onMessage(connection: WebSocket, data: RawData, isBinary: boolean): void {
    this.#failures = 0;
    const bytes = Buffer.isBuffer(data)
      ? data
      : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    // Longer than anything that is kept of a run: its history tells.
    if (!isBinary && bytes.length > textBytesMax) return;
    const isLong = !isBinary && bytes.length > shortBytes;
    if (!isLong && this.#waiting === undefined) return this.#take(bytes, isBinary);
    connection.pause();
    const mine = (this.#waiting ?? Promise.resolve())
      .then(async () => (isLong ? this.#takeLong(bytes) : this.#guarded(() => this.#take(bytes, isBinary))))
      .catch((error: unknown) => this.#troubled(error))
      .finally(() => {
        if (this.#waiting !== mine) return;
        this.#waiting = undefined;
        connection.resume();
      });
    this.#waiting = mine;
  }

  #take(bytes: Buffer, isBinary: boolean): void {
    if (isBinary) {
      this.emit('frame', bytes);
      const binary = decodeBinaryEvent(bytes);
      if (binary) this.emit('binary', binary);
      return;
    }
    const text = storableJsonText(bytes.toString('utf8'));
    this.#tell(text, parseEvent(text));
  }

  async #takeLong(bytes: Buffer): Promise<void> {
    const text = await textInTurns([bytes]);
    this.#tell(text, readEvent(await parseAnswer(text).catch(() => undefined)));
  }

  #tell(text: string, event: ComfyEvent | undefined): void {
    this.emit('text', text, event);
    if (event) this.emit('event', event);
  }
}

function closed(connection: WebSocket): Promise<[code: number, reason: string]> {
  return new Promise((resolve) => {
    connection.once('close', (code, reason) => resolve([code, reason.toString('utf8')]));
  });
}
