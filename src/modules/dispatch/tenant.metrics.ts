/**
 * What each tenant asks of the cluster, for whoever charges or plans. Labels are bounded: the first tenants that this replica
 * meets have one of their own, the rest are `other`, so that tenants that come and go cannot fill the memory of Prometheus.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Counter, Histogram, Registry } from 'prom-client';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { isTerminal, type JobState } from '../jobs/index.js';

export const otherTenants = 'other';

@Injectable()
export class TenantMetrics {
  private readonly labels = new Set<string>();
  private readonly jobs: Counter<'tenant' | 'outcome'>;
  private readonly wait: Histogram<'tenant'>;
  private readonly gpu: Counter<'tenant'>;

  constructor(
    @Inject(Registry) registry: Registry,
    @Inject(CONFIG) private readonly config: Pick<Config, 'METRICS_TENANTS_MAX'>,
  ) {
    const registers = [registry];
    this.jobs = new Counter({
      name: 'comfymux_tenant_jobs_total',
      help: 'Jobs that ended, by tenant and outcome; METRICS_TENANTS_MAX bounds the labels, and 0 turns them off.',
      labelNames: ['tenant', 'outcome'],
      registers,
    });
    this.wait = new Histogram({
      name: 'comfymux_tenant_job_wait_seconds',
      help: 'From submit to the placement, by tenant.',
      labelNames: ['tenant'],
      buckets: [1, 10, 60, 600, 3600],
      registers,
    });
    this.gpu = new Counter({
      name: 'comfymux_tenant_gpu_seconds_total',
      help: 'Time that nodes spent on runs of the tenant, counted as it passes by the replica that follows them.',
      labelNames: ['tenant'],
      registers,
    });
  }

  jobMoved(state: JobState, tenant: string): void {
    if (this.isOn && isTerminal(state)) this.jobs.inc({ tenant: this.labelOf(tenant), outcome: state });
  }

  placed(waitMs: number, tenant: string): void {
    if (this.isOn) this.wait.observe({ tenant: this.labelOf(tenant) }, waitMs / 1000);
  }

  busy(forMs: number, tenant: string): void {
    if (this.isOn) this.gpu.inc({ tenant: this.labelOf(tenant) }, forMs / 1000);
  }

  private get isOn(): boolean {
    return this.config.METRICS_TENANTS_MAX > 0;
  }

  private labelOf(tenant: string): string {
    if (this.labels.size < this.config.METRICS_TENANTS_MAX) this.labels.add(tenant);
    return this.labels.has(tenant) ? tenant : otherTenants;
  }
}
