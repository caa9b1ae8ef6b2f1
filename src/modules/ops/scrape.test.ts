/** What a scrape holds is bounded: by the nodes there are, and not by what callers make up. */
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { RunMetrics } from '../dispatch/run.metrics.js';
import { DispatchMetrics } from '../dispatch/dispatch.metrics.js';
import type { OpenAttempt } from '../jobs/index.js';
import type { NodeMonitor, NodesService } from '../nodes/index.js';
import { WorkflowCatalogue, type WorkflowDefinition } from '../workflows/index.js';
import { NodeMetrics } from './node.metrics.js';

const nodeCount = 2_000;

function monitorOf(index: number): NodeMonitor {
  const version = '0.33.0';
  return {
    settings: { id: `comfyui-gpu-pool-${String(index).padStart(4, '0')}` },
    health: { state: { name: 'ready' }, admin: 'none', flags: ['slow', 'zombie'] },
    breaker: { state: 'half_open' },
    mayReceive: true,
    openAttempts: 2,
    memory: {
      vramTotalBytes: 25_281_671_168,
      vramFreeBytes: 21_474_836_481,
      ramTotalBytes: 270_582_939_648,
      ramFreeBytes: 135_291_469_825,
    },
    facts: { probe: { gpus: [{ name: 'NVIDIA GeForce RTX 4090' }], capabilities: { version } } },
  } as unknown as NodeMonitor;
}

/** Every node has run and failed, for workflows of whatever names. */
function scene(workflows: readonly (string | null)[], nodes = nodeCount) {
  const registry = new Registry();
  const monitors = new Map(
    Array.from({ length: nodes }, (_, index) => monitorOf(index)).map((monitor) => [
      monitor.settings.id,
      monitor,
    ]),
  );
  const service = {
    all: () => [...monitors.values()],
    find: (id: string) => monitors.get(id),
  } as unknown as NodesService;
  const catalogue = new WorkflowCatalogue(
    Array.from({ length: 300 }, (_, index) => ({ name: `workflow-${index}` }) as WorkflowDefinition),
  );
  const runs = new RunMetrics(registry, catalogue, service);
  const dispatch = new DispatchMetrics(registry, catalogue);
  const atMs = Date.now();
  const [createdAt, acceptedAt, runningAt, collectingAt] = [9, 8, 7, 1].map((s) => new Date(atMs - s * 1234));
  for (const nodeId of monitors.keys())
    runs.closed({ nodeId, createdAt, acceptedAt, runningAt, collectingAt } as OpenAttempt, 'node_lost', atMs);
  for (const workflow of workflows) {
    runs.ran(1234, 1000, workflow);
    dispatch.attemptClosed('ok', workflow);
    dispatch.jobMoved('succeeded', workflow);
    dispatch.placed({ waitMs: 10, workflow, loadsModels: true });
  }
  return { registry, monitors, ofNodes: new NodeMetrics(registry, service) };
}

const seriesIn = (text: string): number => text.split('\n').filter((line) => /^[a-z]/.test(line)).length;

it('two thousand nodes are at most 5 MB', async () => {
  const { registry } = scene([null, 'workflow-1']);
  const text = await registry.metrics();
  expect(seriesIn(text)).toBeGreaterThan(nodeCount * 20);
  expect(Buffer.byteLength(text)).toBeLessThan(5_000_000);
});

it('names that callers make up add no series', async () => {
  const catalogued = Array.from({ length: 300 }, (_, index) => `workflow-${index}`);
  const hostile = Array.from({ length: 5_000 }, (_, index) => `evil"}\n${index} ${'x'.repeat(100)}`);
  const before = seriesIn(await scene([null, 'other', ...catalogued], 1).registry.metrics());
  const text = await scene([null, ...catalogued, ...hostile], 1).registry.metrics();
  expect(text).not.toContain('evil');
  expect(text).toContain('comfymux_attempts_total{outcome="ok",workflow="other"} 5200');
  expect(seriesIn(text)).toBe(before);
  expect(seriesIn(text)).toBeLessThan(5_000);
});

it('a node that left the registry leaves no series behind', async () => {
  const { registry, monitors } = scene([null], 3);
  const [gone] = monitors.keys();
  expect(await registry.metrics()).toContain(String(gone));
  monitors.delete(String(gone));
  expect(await registry.metrics()).not.toContain(String(gone));
});
