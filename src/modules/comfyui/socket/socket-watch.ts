/** Heartbeat and silence of one connection, and its bounded end. */
import type { WebSocket } from 'ws';

export interface SocketWatchOptions {
  pingIntervalMs: number;
  pongTimeoutMs: number;
  silenceMs: number;
  closeTimeoutMs: number;
}

export class SocketWatch {
  readonly #heartbeat: NodeJS.Timeout;
  #pongDeadline: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #closeDeadline: NodeJS.Timeout | undefined;

  constructor(
    private readonly connection: WebSocket,
    private readonly options: SocketWatchOptions,
    private readonly onSilent: (silentForMs: number) => void,
  ) {
    this.#heartbeat = setInterval(() => this.#ping(), options.pingIntervalMs);
    connection.on('pong', () => this.#alive());
    connection.on('message', () => this.#heard());
    this.#heard();
  }

  /** Asks for the close handshake and does not wait longer than `closeTimeoutMs` for it. */
  close(): void {
    this.connection.close(1000);
    this.#closeDeadline ??= setTimeout(() => this.connection.terminate(), this.options.closeTimeoutMs);
  }

  dispose(): void {
    clearInterval(this.#heartbeat);
    for (const timer of [this.#pongDeadline, this.#silence, this.#closeDeadline]) clearTimeout(timer);
  }

  #ping(): void {
    if (this.connection.readyState !== this.connection.OPEN) return;
    this.connection.ping();
    this.#pongDeadline ??= setTimeout(() => this.connection.terminate(), this.options.pongTimeoutMs);
  }

  #alive(): void {
    clearTimeout(this.#pongDeadline);
    this.#pongDeadline = undefined;
  }

  #heard(): void {
    // A frame proves the link as well as a pong does.
    this.#alive();
    clearTimeout(this.#silence);
    const { silenceMs } = this.options;
    this.#silence = setTimeout(() => this.onSilent(silenceMs), silenceMs);
  }
}
