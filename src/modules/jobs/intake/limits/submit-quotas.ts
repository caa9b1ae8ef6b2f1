/** What a tenant is told that has asked for as much as it may in a day, or keeps as much as it may; the record has held the submit against it. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock, dayS, untilMidnightS } from '../../../../platform/clock/index.js';
import { Fault } from '../../../../platform/fault.js';
import { QuotaRefusals } from '../../../../platform/metrics/index.js';
import { type Tenant, TenantsService } from '../../../access/index.js';
import type { SubmitQuota } from '../../record/submit/submit.store.js';

/** What the tenant keeps is looked through so often. */
const freedEveryS = 3_600;

const limitOf: Record<SubmitQuota, (tenant: Tenant) => number | null> = {
  jobs_per_day: ({ maxJobsPerDay }) => maxJobsPerDay,
  gpu_seconds_per_day: ({ maxGpuSecondsPerDay }) => maxGpuSecondsPerDay,
  stored_bytes: ({ maxStoredBytes }) => maxStoredBytes,
};
const sentence: Record<SubmitQuota, (limit: number) => string> = {
  jobs_per_day: (limit) => `has used up the ${limit} jobs that it may have in a day (UTC)`,
  gpu_seconds_per_day: (limit) =>
    `has used up the ${limit} GPU seconds for the jobs that it submits that it may have in a day (UTC)`,
  stored_bytes: (limit) => `keeps the ${limit} bytes that it may, so that there is no room for results`,
};

@Injectable()
export class SubmitQuotas {
  constructor(
    @Inject(TenantsService) private readonly tenants: TenantsService,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(QuotaRefusals) private readonly refusals: QuotaRefusals,
  ) {}

  /** Fault quota_exceeded, for who may come back tomorrow, or when something of its is gone. */
  exceeded(tenantId: string, quota: SubmitQuota): Fault {
    this.refusals.count(quota);
    const tenant = this.tenants.find(tenantId);
    const limit = (tenant && limitOf[quota](tenant)) ?? 0;
    const isOfDay = quota !== 'stored_bytes';
    return new Fault(
      'quota_exceeded',
      `tenant "${tenantId}" ${sentence[quota](limit)}`,
      { quota, limit, ...(isOfDay && { window_s: dayS }) },
      { retryAfterSeconds: isOfDay ? untilMidnightS(this.clock.now()) : freedEveryS },
    );
  }
}
