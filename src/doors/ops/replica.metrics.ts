import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { LeaderLease, Replica } from '../../platform/cluster/index.js';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { Falls } from '../../platform/lifecycle/index.js';
import { Site } from '../../platform/site/index.js';
import { packageVersion } from '../../platform/version.js';

/** This replica among the others. */
@Injectable()
export class ReplicaMetrics {
  constructor(
    @Inject(Registry) registry: Registry,
    @Inject(Replica) replica: Replica,
    @Inject(LeaderLease) lease: LeaderLease,
    @Inject(Site) site: Site,
    @Inject(CONFIG) config: Config,
  ) {
    const gauge = (name: string, help: string, value: () => number): void =>
      registry.registerMetric(
        new Gauge({
          name: `comfymux_${name}`,
          help,
          registers: [],
          collect() {
            this.set(value());
          },
        }),
      );
    gauge(
      'replicas',
      'Replicas that are alive, as this one reads it from the database.',
      () => replica.liveIds.length,
    );
    gauge('leads', '1 while this replica decides which job goes where.', () => (lease.trusted ? 1 : 0));
    gauge(
      'dispatches',
      '0 while this replica touches no node: DISPATCH is off, or its database was restored and is not adopted.',
      () => (site.isOpen ? 1 : 0),
    );
    const falls = new Counter({
      name: 'comfymux_falls_total',
      help: 'Processes of this data folder that were ended, and started again, by an error that nobody caught.',
      registers: [registry],
    });
    falls.inc(new Falls(config.DATA_DIR).count);
    const info = new Gauge({
      name: 'comfymux_build_info',
      help: 'Always 1: version of this service and of Node.',
      labelNames: ['version', 'node_version'],
      registers: [registry],
    });
    info.set({ version: packageVersion, node_version: process.versions.node }, 1);
  }
}
