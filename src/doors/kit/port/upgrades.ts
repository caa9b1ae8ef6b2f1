/**
 * Offers of another protocol. WebSocket is the only one that is taken; a request that offers another (h2c, as Java's client and
 * `curl --http2` do) is answered as if it offered none, as RFC 9110 section 7.8 allows.
 */
import { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** What a server with an upgrade listener makes of a request: Node asks `upgrade` whether the connection leaves HTTP. */
export class OnlyWebSocketUpgrades extends IncomingMessage {
  #isOffered = false;

  get upgrade(): boolean {
    if (!this.#isOffered) return false;
    const offers = (this.headers.upgrade ?? '').toLowerCase();
    return this.method === 'CONNECT' || offers.split(',').some((offer) => offer.trim() === 'websocket');
  }

  /** Node sets null for a start, before the private field is there. */
  set upgrade(isOffered: boolean | null) {
    if (isOffered === null) return;
    this.#isOffered = isOffered;
  }
}

export function refuseUpgrade(socket: Duplex, status: string, headers: Record<string, string> = {}): void {
  const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status}\r\n${more.join('')}Content-Length: 0\r\nConnection: close\r\n\r\n`);
}
