/** Gauges of the queue and the nodes, measured when scraped and at most every few seconds. */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { Clock } from '../../platform/clock/index.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { QueueStore } from '../jobs/index.js';
import { NodesService } from '../nodes/index.js';
import { WorkflowCatalogue } from '../workflows/index.js';

const measuredForMs = 5000;
const nodeStates = ['unknown', 'probing', 'ready', 'suspect', 'incompatible', 'down'] as const;

@Injectable()
export class ClusterMetrics implements OnModuleInit {
  private measuredAtMs = -Infinity;
  private measuring: Promise<void> | undefined;
  private readonly depth: Gauge<'workflow'>;
  private readonly oldest: Gauge<'workflow'>;

  constructor(
    @Inject(Registry) private readonly registry: Registry,
    @Inject(QueueStore) private readonly queue: QueueStore,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(WorkflowCatalogue) private readonly catalogue: WorkflowCatalogue,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    // Gauges are collected side by side: each waits for the one measurement of this scrape.
    const collect = async (): Promise<void> => this.measureOnce();
    const registers = [registry];
    this.depth = new Gauge({
      name: 'comfymux_queue_depth',
      help: 'Waiting jobs.',
      labelNames: ['workflow'],
      registers,
      collect,
    });
    this.oldest = new Gauge({
      name: 'comfymux_queue_oldest_age_seconds',
      help: 'Age of the oldest waiting job; 0 when none waits.',
      labelNames: ['workflow'],
      registers,
      collect,
    });
  }

  onModuleInit(): void {
    const { nodes } = this;
    const stateGauge = new Gauge({
      name: 'comfymux_node_state',
      help: '1 for the state a node is in.',
      labelNames: ['node', 'state'],
      registers: [],
      collect() {
        this.reset();
        for (const { settings, health } of nodes.all())
          for (const state of nodeStates)
            this.set({ node: settings.id, state }, state === health.state.name ? 1 : 0);
      },
    });
    const acceptsGauge = new Gauge({
      name: 'comfymux_node_accepts_work',
      help: '1 when new work may be placed on the node.',
      labelNames: ['node'],
      registers: [],
      collect() {
        this.reset();
        for (const monitor of nodes.all())
          this.set({ node: monitor.settings.id }, monitor.mayReceive ? 1 : 0);
      },
    });
    this.registry.registerMetric(stateGauge);
    this.registry.registerMetric(acceptsGauge);
  }

  private async measureOnce(): Promise<void> {
    this.measuring ??= this.measureQueue().finally(() => (this.measuring = undefined));
    return this.measuring;
  }

  private async measureQueue(): Promise<void> {
    if (this.clock.monotonicMs() - this.measuredAtMs < measuredForMs) return;
    try {
      const rows = await this.queue.depthByWorkflow();
      this.measuredAtMs = this.clock.monotonicMs();
      for (const gauge of [this.depth, this.oldest]) this.zero(gauge);
      for (const row of rows) {
        // Jobs of a workflow that is no longer in the catalogue count as graphs, which bounds the label.
        const workflow = row.workflow !== null && this.catalogue.get(row.workflow) ? row.workflow : 'graph';
        this.depth.inc({ workflow }, row.waiting);
        this.oldest.set({ workflow }, row.oldestAgeSeconds);
      }
    } catch (error) {
      this.log.debug({ err: error }, 'the queue could not be measured');
    }
  }

  private zero(gauge: Gauge<'workflow'>): void {
    gauge.reset();
    for (const { name } of this.catalogue.list()) gauge.set({ workflow: name }, 0);
    gauge.set({ workflow: 'graph' }, 0);
  }
}
