import { Inject, Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { DiscoveryService } from './discovery.service.js';
import type { NodeSource } from './source.js';

/** How this replica hears the sources of nodes. The label is an entry of the configuration. */
@Injectable()
export class DiscoveryMetrics {
  constructor(
    @Inject(Registry) private readonly registry: Registry,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
  ) {
    this.value(
      'up',
      '1 while the source can be read; while it cannot, the registry stays as it is.',
      ({ report }) => (report.isFresh ? 1 : 0),
    );
    this.value(
      'last_success_age_seconds',
      'Time since the source last said something, be it that nothing is new; absent before its first word.',
      ({ report }) => (report.sinceSuccessMs === undefined ? undefined : report.sinceSuccessMs / 1000),
    );
    this.value('nodes', 'Nodes that the source names.', ({ report }) => report.sighting?.nodes.length ?? 0);
    this.value(
      'refused',
      'Nodes of the source that are not registered, because their name or address is registered by another or cannot be used. 0 on replicas that do not write.',
      ({ name }) => this.discovery.refusedOf(name),
    );
  }

  private value(name: string, help: string, read: (source: NodeSource) => number | undefined): void {
    const { discovery } = this;
    const gauge = new Gauge({
      name: `comfymux_discovery_${name}`,
      help,
      labelNames: ['source'],
      registers: [],
      collect() {
        for (const source of discovery.sources) {
          const value = read(source);
          if (value !== undefined) this.set({ source: source.name }, value);
        }
      },
    });
    this.registry.registerMetric(gauge);
  }
}
