import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster.js';
import { statusWhen, submit } from '../support/door-5014.js';
import { readMetrics } from '../support/metrics.js';
import { eventually } from '../support/poll.js';
import { workflow } from '../support/v1.js';

describe('operations', () => {
  let cluster: Cluster;
  let url: string;

  beforeAll(async () => {
    cluster = await startCluster({ nodes: [{ name: 'sim-1', loadMs: 1, stepMs: 100 }] });
    url = cluster.url;
  });
  afterAll(() => cluster.stop());

  it('probes answer', async () => {
    for (const path of ['livez', 'readyz']) {
      const response = await fetch(`${url}/${path}`);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ status: 'ok' });
    }
  });

  it('serves the documentation of both APIs, without a foreign host', async () => {
    const page = await fetch(`${url}/docs`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await page.text()).not.toMatch(/(src|href)="https?:/);
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, unknown>;
    };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/api/upload_and_generate',
        '/api/upload_and_generate_sync',
        '/api/generate',
        '/api/status/{prompt_id}',
        '/health',
        '/v1/jobs',
        '/v1/jobs/{id}/events',
        '/v1/nodes',
        '/v1/readiness',
      ]),
    );
  });

  it('metrics count what happened', async () => {
    const promptIds = [await submit(url), await submit(url, { fields: { noise_seed: 1 } })];
    for (const promptId of promptIds) await statusWhen(url, promptId, 'completed');
    const node = cluster.node('sim-1');
    onTestFinished(() => node.clearFaults());
    node.inject({ kind: 'node-error', classType: 'KSamplerAdvanced', times: 20 });
    await statusWhen(url, await submit(url, { fields: { noise_seed: 2 } }), 'failed');

    const metrics = await readMetrics(url);
    expect(metrics.value('comfymux_jobs_total', { outcome: 'succeeded', workflow })).toBe(2);
    expect(metrics.value('comfymux_jobs_total', { outcome: 'failed', workflow })).toBe(1);
    expect(metrics.value('comfymux_attempts_total', { outcome: 'ok', workflow })).toBe(2);
    expect(metrics.value('comfymux_queue_depth', { workflow })).toBe(0);
    expect(metrics.value('comfymux_job_wait_seconds_count', { workflow })).toBeGreaterThanOrEqual(3);
    expect(metrics.value('comfymux_run_seconds_count', { workflow })).toBe(2);
    const meanRunSeconds = metrics.value('comfymux_run_seconds_sum', { workflow }) / 2;
    expect(meanRunSeconds).toBeGreaterThan(0.1);
    expect(meanRunSeconds).toBeLessThan(30);
    expect(metrics.value('comfymux_node_state', { node: 'sim-1', state: 'ready' })).toBe(1);
    expect(metrics.value('comfymux_node_accepts_work', { node: 'sim-1' })).toBe(1);
    expect(metrics.value('comfymux_node_attempts_total', { node: 'sim-1', fault: 'none' })).toBe(2);
    expect(metrics.value('comfymux_node_attempts_total', { node: 'sim-1', fault: 'job' })).toBeGreaterThan(0);
    expect(metrics.value('comfymux_node_busy_seconds_total', { node: 'sim-1' })).toBeGreaterThan(0.1);
    expect(metrics.value('comfymux_node_vram_total_bytes', { node: 'sim-1' })).toBeGreaterThan(1e9);
    expect(metrics.value('comfymux_placements_total', { workflow, models: 'loaded' })).toBeGreaterThan(0);
    for (const phase of ['send', 'start', 'run', 'collect'])
      expect(metrics.value('comfymux_attempt_phase_seconds_count', { phase })).toBeGreaterThanOrEqual(2);
    expect(metrics.value('comfymux_run_estimate_ratio_count', { workflow })).toBe(2);
    expect(
      metrics.value('comfymux_storage_seconds_count', { operation: 'put', result: 'ok' }),
    ).toBeGreaterThan(1);
    expect(metrics.value('comfymux_database_up', {})).toBe(1);
    const requests = { door: '5014', method: 'POST', route: '/api/upload_and_generate', status: '200' };
    expect(metrics.value('comfymux_http_request_seconds_count', requests)).toBe(3);
  });

  it('metrics show the queue and how old it is while it waits', async () => {
    const hang = cluster.node('sim-1').inject({ kind: 'hang-sampling' });
    onTestFinished(() => hang.clear());
    const promptIds = [];
    for (let seed = 10; seed < 13; seed += 1)
      promptIds.push(await submit(url, { fields: { noise_seed: seed } }));
    const metrics = await eventually(
      async () => {
        const measured = await readMetrics(url);
        return measured.value('comfymux_queue_depth', { workflow }) === 2 && measured;
      },
      { timeoutMs: 30_000, intervalMs: 200 },
    );
    expect(metrics.value('comfymux_queue_oldest_age_seconds', { workflow })).toBeGreaterThan(0);
    expect(metrics.value('comfymux_queue_oldest_age_seconds', { workflow })).toBeLessThan(60);
    expect(metrics.text).toMatch(/^comfymux_queue_class_depth\{class="\d+"\} 2$/m);
    expect(metrics.value('comfymux_jobs_waiting', { reason: 'all-busy' })).toBe(2);
    expect(metrics.value('comfymux_node_jobs', { node: 'sim-1' })).toBe(1);
    hang.clear();
    for (const promptId of promptIds) await statusWhen(url, promptId, 'completed');
  });

  it('metrics name no job, whatever paths were asked for', async () => {
    const promptId = await submit(url, { fields: { noise_seed: 20 } });
    await statusWhen(url, promptId, 'completed');
    await fetch(`${url}/nobody/asked/for/${promptId}`);
    expect((await readMetrics(url)).text).not.toContain(promptId);
  });
});
