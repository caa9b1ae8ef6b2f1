/** Counts what was refused because a tenant has as much as it may, wherever that is found out. */
import { Inject, Injectable } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';

type Quota =
  | 'waiting_jobs'
  | 'jobs_per_day'
  | 'gpu_seconds_per_day'
  | 'stored_bytes'
  | 'uploaded_bytes_per_day'
  | 'streams'
  | 'user_data_bytes';

@Injectable()
export class QuotaRefusals {
  private readonly refused: Counter<'quota'>;

  constructor(@Inject(Registry) registry: Registry) {
    this.refused = new Counter({
      name: 'comfymux_quota_refusals_total',
      help: 'What this replica refused because its tenant had used up a quota: submits, files, connections, and what the web UI keeps.',
      labelNames: ['quota'],
      registers: [registry],
    });
  }

  count(quota: Quota): void {
    this.refused.inc({ quota });
  }
}
