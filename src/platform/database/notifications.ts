/**
 * LISTEN and NOTIFY. Listening has a connection of its own. Notifications are hints: what is sent while that connection
 * is down is lost, so a listener also polls, and `onReconnect` tells it when it may have missed something.
 * - `listen` resolves once the server confirmed, or at once while the connection is down; then it takes effect on reconnect.
 * - A connection that breaks, or does not answer a ping, is replaced; the delay between tries grows up to 5 s.
 * - `notifyCoalesced` sends at most one notification per channel and window; its failure is logged, never thrown.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../logging/index.js';
import { errorOf } from './errors.js';

type Handler = (payload: string) => void;

const pingIntervalMs = 10_000;
const reconnectDelayMs = { first: 100, max: 5_000 };

export class Notifications {
  private readonly handlers = new Map<string, Set<Handler>>();
  private readonly reconnectHandlers = new Set<() => void>();
  private readonly pending = new Map<string, NodeJS.Timeout>();
  private readonly stopping = new AbortController();
  private client: pg.Client | undefined;
  private connection: Promise<void> | undefined;

  constructor(
    private readonly pool: pg.Pool,
    private readonly log: Logger,
  ) {}

  /** Connects, and stays connected until `stop`. Resolves after the first try, successful or not. */
  async start(): Promise<void> {
    await new Promise<void>((triedOnce) => {
      if (this.connection || this.stopping.signal.aborted) triedOnce();
      else this.connection = this.stayConnected(triedOnce);
    });
  }

  /** Sends what `notifyCoalesced` still holds, then closes the connection. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all([...this.pending.keys()].map((channel) => this.flush(channel)));
    await this.connection;
  }

  /** Calls `handler` for each notification on `channel`, until the function it answers is called. */
  async listen(channel: string, handler: Handler): Promise<() => void> {
    const handlers = this.handlers.get(channel) ?? new Set();
    handlers.add(handler);
    this.handlers.set(channel, handlers);
    const client = this.client;
    // A failure ends the connection, and its successor listens on every channel in `handlers`.
    if (client)
      await listenOn(client, channel).catch((error: unknown) => client.emit('error', errorOf(error)));
    return () => void handlers.delete(handler);
  }

  /** Calls `handler` after each reconnection, until the function it answers is called. */
  onReconnect(handler: () => void): () => void {
    this.reconnectHandlers.add(handler);
    return () => void this.reconnectHandlers.delete(handler);
  }

  async notify(channel: string, payload = ''): Promise<void> {
    await this.notifyAll(channel, [payload]);
  }

  /** In this order, all or none; of equal ones listeners hear one. */
  async notifyAll(channel: string, payloads: readonly string[]): Promise<void> {
    await this.pool.query(
      'select pg_notify($1, payload) from unnest($2::text[]) with ordinality as sent (payload, no) order by no',
      [channel, payloads],
    );
  }

  notifyCoalesced(channel: string, windowMs = 15): void {
    if (this.pending.has(channel) || this.stopping.signal.aborted) return;
    this.pending.set(
      channel,
      setTimeout(() => void this.flush(channel), windowMs),
    );
  }

  private async flush(channel: string): Promise<void> {
    clearTimeout(this.pending.get(channel));
    this.pending.delete(channel);
    try {
      await this.notify(channel);
    } catch (error) {
      this.log.warn({ err: error, channel }, 'a notification could not be sent');
    }
  }

  private async stayConnected(triedOnce: () => void): Promise<void> {
    let delayMs = reconnectDelayMs.first;
    for (
      let connections = 0;
      !this.stopping.signal.aborted;
      delayMs = Math.min(delayMs * 2, reconnectDelayMs.max)
    ) {
      try {
        await this.holdConnection(() => {
          delayMs = reconnectDelayMs.first;
          if (connections > 0) for (const handler of this.reconnectHandlers) this.call(handler);
          connections += 1;
          triedOnce();
        });
      } catch (error) {
        this.log.warn({ err: error }, 'the notification connection failed; trying again');
      }
      triedOnce();
      await sleep(delayMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  /** Resolves when stopped, rejects when the connection breaks. */
  private async holdConnection(connected: () => void): Promise<void> {
    const client = new pg.Client(this.pool.options);
    const broken = new Promise<never>((_resolve, reject) => {
      client.on('error', reject);
      client.on('end', () => reject(new Error('the database closed the connection')));
    });
    broken.catch(() => undefined);
    client.on('notification', ({ channel, payload = '' }) => this.deliver(channel, payload));
    try {
      await client.connect();
      this.client = client;
      for (const channel of this.handlers.keys()) await listenOn(client, channel);
      connected();
      await Promise.race([broken, this.pingUntilStopped(client)]);
    } finally {
      this.client = undefined;
      await client.end().catch(() => undefined);
    }
  }

  private async pingUntilStopped(client: pg.Client): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await sleep(pingIntervalMs, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await client.query('select 1');
    }
  }

  private deliver(channel: string, payload: string): void {
    for (const handler of this.handlers.get(channel) ?? []) this.call(() => handler(payload));
  }

  private call(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      this.log.error({ err: error }, 'a notification handler failed');
    }
  }
}

async function listenOn(client: pg.Client, channel: string): Promise<void> {
  await client.query(`listen ${client.escapeIdentifier(channel)}`);
}
