/**
 * Holds each tenant to the WebSockets and event streams that it may have open, exactly over all replicas (docs/access.md#limits). A tenant
 * without a limit costs no statement: what it has open is written down by and by, so that a limit that comes finds it there.
 */
import type { EventEmitter } from 'node:events';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Fault } from '../../../platform/fault.js';
import { PeriodicLoop } from '../../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { QuotaRefusals } from '../../../platform/metrics/index.js';
import { TenantsService } from '../tenants/tenants.service.js';
import { StreamCount } from './stream-count.js';
import { StreamsStore } from './streams.store.js';

const noteIntervalMs = 5_000;
const retryAfterSeconds = 5;

/** What is open: a socket, or the answer that is streamed. */
type Use = Pick<EventEmitter, 'once'> & { destroyed: boolean };

@Injectable()
export class OpenStreams implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly counts = new Map<string, StreamCount>();
  private readonly loop: PeriodicLoop;
  private stopListening: () => void = () => undefined;

  constructor(
    @Inject(TenantsService) private readonly tenants: Pick<TenantsService, 'find' | 'onChange'>,
    @Inject(StreamsStore) private readonly store: StreamsStore,
    @Inject(QuotaRefusals) private readonly refusals: Pick<QuotaRefusals, 'count'>,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.loop = new PeriodicLoop({
      name: 'open streams',
      intervalMs: noteIntervalMs,
      log,
      turn: async () => this.noteAll(),
    });
  }

  onApplicationBootstrap(): void {
    this.stopListening = this.tenants.onChange(() => this.loop.wake());
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopListening();
    await this.loop.stop();
    await this.store
      .forget()
      .catch((error: unknown) =>
        this.log.debug({ err: error }, 'what was open here counts until the lease ends'),
      );
  }

  /** Until `use` is closed. Fault too_many_streams; rejects too where there is a limit and the database is away. */
  async enter(tenantId: string, use: Use): Promise<void> {
    const count = this.countOf(tenantId);
    const limit = this.limitOf(tenantId);
    if (limit === null) count.enterAtOnce();
    else if (!(await count.enter())) throw this.tooMany(tenantId, limit);
    // It may have been closed while the record was asked.
    if (use.destroyed) this.leave(tenantId);
    else use.once('close', () => this.leave(tenantId));
  }

  private leave(tenantId: string): void {
    const count = this.countOf(tenantId);
    count.leave();
    // Where the database is away, the loop writes it later.
    if (this.limitOf(tenantId) !== null) count.settle().catch(() => undefined);
  }

  private tooMany(tenantId: string, limit: number): Fault {
    this.refusals.count('streams');
    return new Fault(
      'too_many_streams',
      `tenant "${tenantId}" has ${limit} WebSockets and event streams open, as many as it may`,
      { quota: 'streams', limit },
      { retryAfterSeconds },
    );
  }

  private async noteAll(): Promise<void> {
    for (const count of this.counts.values()) await count.settle();
  }

  private limitOf(tenantId: string): number | null {
    return this.tenants.find(tenantId)?.maxStreams ?? null;
  }

  private countOf(tenantId: string): StreamCount {
    const note = async (open: number, wanted: number) => this.store.note(tenantId, open, wanted);
    const count = this.counts.get(tenantId) ?? new StreamCount(note);
    this.counts.set(tenantId, count);
    return count;
  }
}
