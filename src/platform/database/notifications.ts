/**
 * LISTEN and NOTIFY. Listening has a connection of its own. Notifications are hints: what is sent while that connection
 * is down is lost, so a listener also polls, and `onReconnect` tells it when it may have missed something.
 * - `listen` resolves once the server confirmed, or at once while the connection is down; then it takes effect on reconnect.
 * - A connection that breaks, or does not answer a ping, is replaced; the delay between tries grows up to 5 s.
 * - While `hasOthers` says that nobody else listens, the database is not asked: listeners here hear what is sent. Else what is sent at
 *   the same time goes together, each channel in its order.
 * - `notifyCoalesced` sends at most one notification per channel and window; its failure is logged, never thrown.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../logging/index.js';
import { BatchWriter } from './batches/batch-writer.js';
import { relaxed } from './batches/relaxed.js';
import { errorOf } from './errors.js';
import { statement } from './statements.js';

type Handler = (payload: string) => void;

interface Sent {
  channel: string;
  payloads: readonly string[];
}

/** Nothing that is told waits for the disk: whoever must not miss it reads the record. */
const notifyAll = statement(
  'notify',
  `WITH ${relaxed} SELECT pg_notify(channel, payload) FROM (
     SELECT channel, payload FROM relaxed, unnest($1::text[], $2::text[]) WITH ORDINALITY AS sent (channel, payload, no) ORDER BY no) s`,
);

const pingIntervalMs = 10_000;
const reconnectDelayMs = { first: 100, max: 5_000 };

export class Notifications {
  private readonly handlers = new Map<string, Set<Handler>>();
  private readonly reconnectHandlers = new Set<() => void>();
  private readonly pending = new Map<string, NodeJS.Timeout>();
  private readonly stopping = new AbortController();
  private readonly writer: BatchWriter<Sent, undefined>;
  private client: pg.Client | undefined;
  private connection: Promise<void> | undefined;

  /** Whether another process may listen. */
  hasOthers: () => boolean = () => true;

  constructor(
    private readonly pool: pg.Pool,
    private readonly log: Logger,
  ) {
    this.writer = new BatchWriter({ underWayMax: 1, write: async (sent) => this.send(sent) });
  }

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
    if (this.hasOthers()) return this.writer.put({ channel, payloads });
    // Not in the caller's own stack, as a notification of the database would not be.
    queueMicrotask(() => {
      for (const payload of payloads) this.deliver(channel, payload);
    });
  }

  /** Resolves when everything has been heard that was sent before now; at once while the connection is down. */
  async caughtUp(): Promise<void> {
    // The server tells a connection what it has missed before it says that a statement is done.
    await this.client?.query('select 1').catch(() => undefined);
  }

  notifyCoalesced(channel: string, windowMs = 15): void {
    if (this.pending.has(channel) || this.stopping.signal.aborted) return;
    this.pending.set(
      channel,
      setTimeout(() => void this.flush(channel), windowMs),
    );
  }

  private async send(sent: readonly Sent[]): Promise<undefined[]> {
    const all = sent.flatMap(({ channel, payloads }) => payloads.map((payload) => [channel, payload]));
    await this.pool.query({
      ...notifyAll,
      values: [all.map(([channel]) => channel), all.map(([, payload]) => payload)],
    });
    return sent.map(() => undefined);
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
