/** Gauges of the tables of the record, measured when scraped. */
import { Inject, Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { Clock } from '../../platform/clock/index.js';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { ArchiveStore } from '../../modules/jobs/index.js';
import { Measurement } from './measurement.js';

@Injectable()
export class RecordMetrics {
  constructor(
    @Inject(Registry) registry: Registry,
    @Inject(ArchiveStore) store: ArchiveStore,
    @Inject(Clock) clock: Clock,
    @Inject(LOGGER) log: Logger,
    @Inject(CONFIG) config: Config,
  ) {
    const gauge = <Label extends string = never>(name: string, help: string, labelNames: Label[]) =>
      new Gauge<Label>({
        name: `comfymux_record_${name}`,
        help,
        labelNames,
        registers: [registry],
        collect: async () => measurement.refresh(),
      });
    const oldest = gauge(
      'oldest_ended_age_seconds',
      'Age of the oldest end of a job that is not in the archive: more than `ARCHIVE_AFTER_HOURS` and an hour is a move that fails.',
      [],
    );
    const due = gauge('archive_after_seconds', '`ARCHIVE_AFTER_HOURS`, for rules.', []);
    due.set(config.ARCHIVE_AFTER_HOURS * 3600);
    const deadRows = gauge(
      'dead_rows',
      'Dead rows of a table: many for long is a vacuum that is held up by an old transaction.',
      ['table'],
    );
    const measurement = new Measurement({
      clock,
      log,
      read: async () => {
        const measured = await store.measure();
        oldest.set(measured.oldestEndedAgeSeconds);
        for (const { table, rows } of measured.dead) deadRows.set({ table }, rows);
      },
    });
  }
}
