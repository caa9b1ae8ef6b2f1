/** The metrics of many nodes that all have run and failed, for workflows of whatever names. */
import { createRegistry } from '../../src/platform/metrics/index.js';
import { DispatchMetrics } from '../../src/modules/dispatch/dispatch.metrics.js';
import { RunMetrics } from '../../src/modules/dispatch/run/run.metrics.js';
import { TenantMetrics } from '../../src/modules/dispatch/tenant.metrics.js';
import type { OpenAttempt } from '../../src/modules/jobs/index.js';
import type { NodeMonitor, NodesService } from '../../src/modules/nodes/index.js';
import { WorkflowCatalogue, type WorkflowDefinition } from '../../src/modules/workflows/index.js';
import { NodeMetrics } from '../../src/doors/ops/node.metrics.js';

export const nodeCount = 2_000;

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

export function scene(workflows: readonly (string | null)[], nodes = nodeCount) {
  const registry = createRegistry();
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
  const tenants = new TenantMetrics(registry, { METRICS_TENANTS_MAX: 50 });
  const runs = new RunMetrics(registry, catalogue, service, tenants);
  const dispatch = new DispatchMetrics(registry, catalogue, tenants);
  const atMs = Date.now();
  const [createdAt, acceptedAt, runningAt, collectingAt] = [9, 8, 7, 1].map((s) => new Date(atMs - s * 1234));
  for (const nodeId of monitors.keys())
    runs.closed({ nodeId, createdAt, acceptedAt, runningAt, collectingAt } as OpenAttempt, 'node_lost', atMs);
  for (const workflow of workflows) {
    runs.ran(1234, 1000, workflow);
    dispatch.attemptClosed('ok', workflow);
    dispatch.jobMoved('succeeded', { workflow, tenantId: 'default' });
    dispatch.placed({ waitMs: 10, workflow, tenantId: 'default', loadsModels: true });
  }
  return { registry, monitors, ofNodes: new NodeMetrics(registry, service) };
}
