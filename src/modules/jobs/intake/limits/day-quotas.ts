/** What a tenant is told that has asked for as much as it may in a day; the record has held the submit against it. */
import { Inject, Injectable } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
import { Clock } from '../../../../platform/clock/index.js';
import { Fault } from '../../../../platform/fault.js';
import { TenantsService } from '../../../access/index.js';
import type { DayQuota } from '../../record/submit/submit.store.js';

const dayS = 86_400;
const what: Record<DayQuota, string> = {
  jobs_per_day: 'jobs',
  gpu_seconds_per_day: 'GPU seconds for the jobs that it submits',
};

@Injectable()
export class DayQuotas {
  private readonly refused: Counter<'quota'>;

  constructor(
    @Inject(TenantsService) private readonly tenants: TenantsService,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Registry) registry: Registry,
  ) {
    this.refused = new Counter({
      name: 'comfymux_quota_refusals_total',
      help: 'Submits that this replica refused because their tenant had used up a quota of the day.',
      labelNames: ['quota'],
      registers: [registry],
    });
  }

  /** Fault quota_exceeded, for who may come back tomorrow. */
  exceeded(tenantId: string, quota: DayQuota): Fault {
    this.refused.inc({ quota });
    const tenant = this.tenants.find(tenantId);
    const limit = (quota === 'jobs_per_day' ? tenant?.maxJobsPerDay : tenant?.maxGpuSecondsPerDay) ?? 0;
    return new Fault(
      'quota_exceeded',
      `tenant "${tenantId}" has used up the ${limit} ${what[quota]} that it may have in a day (UTC)`,
      { quota, limit, window_s: dayS },
      { retryAfterSeconds: untilMidnightS(this.clock.now()) },
    );
  }
}

/** UTC's, which is the next multiple of a day; at least a second. */
export const untilMidnightS = (now: Date): number => dayS - Math.floor((now.getTime() / 1000) % dayS);
