import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { TenantMetrics } from './tenant.metrics.js';

async function told(labelsMax: number, tenants: readonly string[]): Promise<string> {
  const registry = new Registry();
  const metrics = new TenantMetrics(registry, { METRICS_TENANTS_MAX: labelsMax });
  for (const tenant of tenants) {
    metrics.jobMoved('succeeded', tenant);
    metrics.jobMoved('queued', tenant);
    metrics.placed(2_000, tenant);
    metrics.busy(1_500, tenant);
  }
  return registry.metrics();
}

it('tells jobs, waits and GPU seconds of each tenant', async () => {
  const text = await told(50, ['red', 'blue', 'red']);
  expect(text).toContain('comfymux_tenant_jobs_total{tenant="red",outcome="succeeded"} 2');
  expect(text).toContain('comfymux_tenant_job_wait_seconds_sum{tenant="red"} 4');
  expect(text).toContain('comfymux_tenant_gpu_seconds_total{tenant="blue"} 1.5');
});

it('has no more labels than it may, and loses nothing', async () => {
  const tenants = Array.from({ length: 1000 }, (_, index) => `tenant-${index}`);
  const text = await told(3, tenants);
  expect(text.match(/comfymux_tenant_gpu_seconds_total\{/g)).toHaveLength(4);
  expect(text).toContain('comfymux_tenant_jobs_total{tenant="other",outcome="succeeded"} 997');
});

it('tells nothing when it is off', async () => {
  expect(await told(0, ['red'])).not.toContain('tenant="');
});
