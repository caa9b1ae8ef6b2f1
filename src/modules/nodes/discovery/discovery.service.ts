/**
 * Brings what the sources tell into the registry. Every replica follows every source, so that any of them can go on at
 * once; the one that holds a source's lease writes, as long as it hears the source. A source that cannot be read changes
 * nothing. Nodes of a source that is no longer configured are let go like those that a source no longer names.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../../../platform/clock/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import type { PeriodicLoop } from '../../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { Loops } from '../../../platform/site/index.js';
import { sightingOf, sightingOfAddresses } from '../domain/index.js';
import { RegistryStore } from '../registry/registry.store.js';
import type { NodeSource } from './source.js';
import { SourceWriters } from './source-writers.js';
import { sourcesOf } from './sources.js';

/** Registered otherwise: by NODES at start, by operators at any time. */
const undiscovered = ['env', 'api'];

@Injectable()
export class DiscoveryService implements OnApplicationBootstrap, OnModuleDestroy {
  readonly sources: readonly NodeSource[];
  private readonly loop: PeriodicLoop;
  private orphansDueMs = 0;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(SourceWriters) private readonly writers: SourceWriters,
    @Inject(RegistryStore) private readonly store: RegistryStore,
    @Inject(Loops) private readonly loops: Loops,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LOGGER) log: Logger,
  ) {
    this.loop = loops.make({
      name: 'discovery',
      intervalMs: config.LEASE_RENEW_INTERVAL_MS,
      backoffMaxMs: 5000,
      turn: async () => this.turn(),
    });
    this.sources = sourcesOf(config, { clock, log, changed: () => this.loop.wake() });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.loops.startWithSite(this.loop, () => {
      for (const source of this.sources) source.start();
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
    await Promise.all(this.sources.map(async (source) => source.stop()));
    await this.writers.release();
  }

  /** Sighted nodes of a source that could not be registered, as this replica last knew. */
  refusedOf(source: string): number {
    return this.writers.known(source)?.refused ?? 0;
  }

  private async turn(): Promise<void> {
    const env = this.writers.of('env', false);
    if (!env.settled) await env.write(sightingOfAddresses(this.config.NODES));
    for (const { name, report } of this.sources) {
      const writer = this.writers.of(name);
      if (report.isFresh && report.sighting) await writer.write(report.sighting);
      else await writer.release();
    }
    await this.letOrphansGo();
  }

  private async letOrphansGo(): Promise<void> {
    const configured = new Set([...undiscovered, ...this.sources.map(({ name }) => name)]);
    const followed = this.writers.names().filter((name) => !configured.has(name));
    if (followed.length === 0 && this.clock.monotonicMs() < this.orphansDueMs) return;
    this.orphansDueMs = this.clock.monotonicMs() + 30_000;
    const orphans = (await this.store.sources()).filter((name) => !configured.has(name));
    for (const name of orphans) await this.writers.of(name).write(sightingOf([]));
    for (const name of followed.filter((known) => !orphans.includes(known))) await this.writers.forget(name);
  }
}
