/** One writer for each source that this replica follows; those of leased sources write only while they hold the lease. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { Clock } from '../../../platform/clock/index.js';
import { Lease, Replica } from '../../../platform/cluster/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import type { Sighting } from '../domain/index.js';
import { NodesService } from '../nodes.service.js';
import { RegistryStore } from '../registry/registry.store.js';
import { SourceWriter } from './source-writer.js';

@Injectable()
export class SourceWriters {
  private readonly writers = new Map<string, SourceWriter>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(Pool) private readonly pool: Pool,
    @Inject(Replica) private readonly replica: Replica,
    @Inject(RegistryStore) private readonly store: RegistryStore,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  names(): string[] {
    return [...this.writers.keys()];
  }

  known(name: string): SourceWriter | undefined {
    return this.writers.get(name);
  }

  of(name: string, leased = true): SourceWriter {
    const writer = this.writers.get(name) ?? this.made(name, leased);
    this.writers.set(name, writer);
    return writer;
  }

  async forget(name: string): Promise<void> {
    await this.writers.get(name)?.release();
    this.writers.delete(name);
  }

  /** Other replicas may write from now on. */
  async release(): Promise<void> {
    await Promise.all([...this.writers.values()].map(async (writer) => writer.release()));
  }

  private made(name: string, leased: boolean): SourceWriter {
    const { pool, replica, config, clock, log } = this;
    const lease = leased ? new Lease(`discovery ${name}`, { pool, replica, config, clock, log }) : undefined;
    return new SourceWriter(name, lease, {
      clock,
      log,
      apply: async (sighting: Sighting) => this.store.apply(name, sighting),
      changed: async () => this.nodes.registryChanged(),
    });
  }
}
