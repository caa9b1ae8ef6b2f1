/** What the scheduler wants of each pool, on every replica as the leader last told it. */
import { Inject, Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { type ForecastDocument, Forecasts } from '../../modules/jobs/index.js';

type Wish = NonNullable<ForecastDocument['scaling']>[string];

@Injectable()
export class ScalingMetrics {
  constructor(
    @Inject(Registry) private readonly registry: Registry,
    @Inject(Forecasts) private readonly forecasts: Forecasts,
  ) {
    this.tell(
      'nodes_wanted',
      'Nodes that a pool of `SCALING_POOLS` should have for what waits and runs now. Absent while no replica decides: that is no zero.',
      ({ nodesWanted }) => nodesWanted,
    );
    this.tell('nodes', 'Nodes that the pool has.', ({ nodes }) => nodes);
    this.tell(
      'backlog_seconds',
      'Work that waits for the pool, in seconds of one node, with what runs take from the target wait.',
      ({ backlogS }) => backlogS,
    );
  }

  private tell(name: string, help: string, read: (wish: Wish) => number): void {
    const { forecasts } = this;
    const gauge = new Gauge({
      name: `comfymux_pool_${name}`,
      help,
      labelNames: ['pool'],
      registers: [],
      async collect() {
        const document = await forecasts.current();
        this.reset();
        for (const [pool, wish] of Object.entries(document?.scaling ?? {})) this.set({ pool }, read(wish));
      },
    });
    this.registry.registerMetric(gauge);
  }
}
