/**
 * One WebSocket client. What waits for it is bounded: a client that does not read is cut off and nobody waits for it;
 * a dead link is noticed by its missing pongs.
 */
import type { WebSocket } from 'ws';
import { withoutMetadata } from '../../../modules/comfyui/index.js';

export interface ClientSocketOptions {
  bufferBytesMax: number;
  pingIntervalMs: number;
}

export class ClientSocket {
  wantsMetadata = false;
  private readonly pinger: NodeJS.Timeout;
  private isAlive = true;
  /** What comes before the first word is said; undefined afterwards. */
  private held: (() => void)[] | undefined = [];
  private heldBytes = 0;

  constructor(
    readonly clientId: string,
    readonly place: string,
    private readonly socket: WebSocket,
    private readonly options: ClientSocketOptions,
  ) {
    socket.on('pong', () => (this.isAlive = true));
    socket.on('error', () => socket.terminate());
    this.pinger = setInterval(() => this.ping(), options.pingIntervalMs).unref();
    socket.on('close', () => clearInterval(this.pinger));
  }

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  text(frame: string): void {
    this.send(frame.length, () => this.socket.send(frame));
  }

  binary(frame: Buffer): void {
    const shown = this.wantsMetadata ? frame : withoutMetadata(frame);
    this.send(shown.length, () => this.socket.send(shown, { binary: true }));
  }

  /** Says the first words; then what came meanwhile, in its order. */
  begin(frames: readonly string[]): void {
    const { held = [] } = this;
    this.held = undefined;
    for (const frame of frames) this.text(frame);
    for (const send of held) if (this.isOpen) send();
    this.heldBytes = 0;
  }

  private send(sizeBytes: number, send: () => void): void {
    if (!this.hasRoom(sizeBytes)) return;
    if (this.held === undefined) return send();
    this.held.push(send);
    this.heldBytes += sizeBytes;
  }

  close(): void {
    this.socket.close(1001);
  }

  terminate(): void {
    this.socket.terminate();
  }

  private hasRoom(sizeBytes: number): boolean {
    if (!this.isOpen) return false;
    const waitingBytes = this.socket.bufferedAmount + this.heldBytes;
    if (waitingBytes + sizeBytes <= this.options.bufferBytesMax) return true;
    this.socket.terminate();
    return false;
  }

  private ping(): void {
    if (!this.isAlive) this.socket.terminate();
    this.isAlive = false;
    if (this.isOpen) this.socket.ping();
  }
}
