/** Publishes what the leader's scheduler expects: forecasts, why jobs wait, the nodes that pools want, and the queue's clock. */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { Forecasts, SchedulerStore } from '../../jobs/index.js';
import { NodesService, PoolsStore } from '../../nodes/index.js';
import { type SchedulerState, virtualTimeS } from '../../scheduling/index.js';
import { DispatchMetrics } from '../dispatch.metrics.js';
import type { QueueFeed } from './feeds/queue-feed.js';
import { forecastNow } from './forecaster.js';
import { Scaling } from './scaling.js';

@Injectable()
export class Outlooks {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(Forecasts) private readonly forecasts: Forecasts,
    @Inject(SchedulerStore) private readonly store: SchedulerStore,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(PoolsStore) private readonly pools: PoolsStore,
    @Inject(DispatchMetrics) private readonly metrics: DispatchMetrics,
  ) {}

  /** Of one leader; each call publishes once. */
  begin(queue: QueueFeed, term: number): (state: SchedulerState) => Promise<void> {
    const { nodes, pools, config } = this;
    const limits = { pools: config.SCALING_POOLS, targetWaitS: config.SCALING_TARGET_WAIT_S };
    const scaling = new Scaling({ nodes, pools, scaling: limits }, queue);
    return async (state) => {
      const { document, reasons } = forecastNow(state, nodes, queue);
      this.metrics.jobsWait(reasons);
      await this.forecasts.publish({ ...document, scaling: await scaling.wishes(state) }, term);
      await this.store.setClock(virtualTimeS(state), clusterSpeed(state));
    };
  }

  /** This replica no longer leads. */
  resign(): void {
    this.forecasts.resign();
    this.metrics.jobsWait([]);
  }
}

/** Of the nodes that take work; a cluster without any counts as one node. */
function clusterSpeed(state: SchedulerState): number {
  const speeds = [...state.nodeById.values()].filter(({ spec }) => spec.accepts).map(({ speed }) => speed);
  return speeds.reduce((sum, speed) => sum + speed, 0) || 1;
}
