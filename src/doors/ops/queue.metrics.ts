/** Gauges of the queue, measured when scraped. */
import { Inject, Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { Clock } from '../../platform/clock/index.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { type QueueMeasure, QueueStore } from '../../modules/jobs/index.js';
import { WorkflowCatalogue } from '../../modules/workflows/index.js';
import { Measurement } from './measurement.js';

/** Classes come of whatever graphs callers send: only the longest have a label. */
const classLabelsMax = 50;

@Injectable()
export class QueueMetrics {
  private readonly measurement: Measurement;
  private readonly depth: Gauge<'workflow'>;
  private readonly oldest: Gauge<'workflow'>;
  private readonly classDepth: Gauge<'class'>;
  private readonly classOldest: Gauge<'class'>;
  private readonly up: Gauge;

  constructor(
    @Inject(Registry) registry: Registry,
    @Inject(QueueStore) queue: QueueStore,
    @Inject(WorkflowCatalogue) private readonly catalogue: WorkflowCatalogue,
    @Inject(Clock) clock: Clock,
    @Inject(LOGGER) log: Logger,
  ) {
    const gauge = <Label extends string = never>(name: string, help: string, labelNames: Label[]) =>
      new Gauge<Label>({
        name: `comfymux_${name}`,
        help,
        labelNames,
        registers: [registry],
        // Gauges are collected side by side: each waits for the one measurement of this scrape.
        collect: async () => this.measurement.refresh(),
      });
    this.depth = gauge('queue_depth', 'Waiting jobs.', ['workflow']);
    this.oldest = gauge('queue_oldest_age_seconds', 'Age of the oldest waiting job; 0 when none waits.', [
      'workflow',
    ]);
    this.classDepth = gauge(
      'queue_class_depth',
      `Waiting jobs by class (jobs with equal needs): the ${classLabelsMax} longest by id, the rest as \`other\`.`,
      ['class'],
    );
    this.classOldest = gauge(
      'queue_class_oldest_age_seconds',
      'Age of the oldest waiting job of the class.',
      ['class'],
    );
    this.up = gauge('database_up', '1 when this replica reached its database to measure the queue.', []);
    this.measurement = new Measurement({
      clock,
      log,
      read: async () => this.tell(await queue.measure(classLabelsMax)),
      told: (isUp) => this.up.set(isUp ? 1 : 0),
    });
  }

  private tell({ workflows, classes }: QueueMeasure): void {
    for (const gauge of [this.depth, this.oldest]) {
      gauge.reset();
      for (const workflow of this.catalogue.metricLabels()) gauge.set({ workflow }, 0);
    }
    const oldest = new Map<string, number>();
    for (const row of workflows) {
      const workflow = this.catalogue.labelOf(row.workflow);
      this.depth.inc({ workflow }, row.waiting);
      oldest.set(workflow, Math.max(oldest.get(workflow) ?? 0, row.oldestAgeSeconds));
    }
    for (const [workflow, ageSeconds] of oldest) this.oldest.set({ workflow }, ageSeconds);
    this.classDepth.reset();
    this.classOldest.reset();
    for (const row of classes) {
      const label = { class: row.classId ?? 'other' };
      this.classDepth.set(label, row.waiting);
      this.classOldest.set(label, row.oldestAgeSeconds);
    }
  }
}
