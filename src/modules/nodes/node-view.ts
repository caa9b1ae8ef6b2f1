import type { NodeMonitor } from './watching/node-monitor.js';
import type { NodeObservation, NodeRecord } from './nodes.store.js';
import { refusalOf } from './domain/index.js';
import { redactUrl } from '../../platform/config/index.js';

/** What is kept of a node in Postgres. */
export function observationOf(monitor: NodeMonitor): NodeObservation {
  const { facts, health } = monitor;
  return {
    version: facts?.probe.capabilities.version ?? null,
    gpuClass: gpuClassOf(monitor) ?? null,
    capabilities: facts?.probe.capabilities ?? {},
    devices: facts?.probe.gpus ?? [],
    inventoryHash: facts?.inventoryHash ?? null,
    state: health.state.name,
    stateReason: monitor.reason ?? null,
    lastSeenAt: monitor.lastSeenAt ?? null,
  };
}

/** Nodes of one class are taken to run equally fast. */
export function gpuClassOf(monitor: NodeMonitor): string | undefined {
  return monitor.facts?.probe.gpus[0]?.name;
}

/** A node as `/v1/nodes` shows it. */
export function nodeBody(monitor: NodeMonitor, record: NodeRecord) {
  const { health, facts, breaker } = monitor;
  return {
    id: monitor.settings.id,
    url: redactUrl(monitor.settings.url),
    source: record.source,
    state: health.state.name,
    admin: health.admin === 'none' ? 'active' : health.admin,
    leaving: monitor.settings.leaving,
    flags: health.flags,
    breaker: breaker.state,
    accepts_work: monitor.mayReceive,
    reason: monitor.reason ?? refusalOf(health) ?? null,
    weight: monitor.settings.weight,
    labels: record.labels,
    version: facts?.probe.capabilities.version ?? null,
    devices: (facts?.probe.gpus ?? []).map((gpu) => ({
      name: gpu.name,
      type: gpu.type,
      vram_total_bytes: gpu.vramTotalBytes,
    })),
    inventory_hash: facts?.inventoryHash ?? null,
    last_seen_at: record.lastSeenAt?.toISOString() ?? null,
  };
}

/** A row of the registry with which nothing can be done, in the same shape. */
export function unusableBody({ id, url, source, admin, leaving, labels }: NodeRecord, mistake: string) {
  return {
    id,
    url: redactUrl(url.slice(0, shownUrlMaxLength)),
    source,
    state: 'incompatible' as const,
    admin,
    leaving,
    flags: [],
    breaker: 'closed' as const,
    accepts_work: false,
    reason: `it cannot be used: ${mistake}`,
    weight: 0,
    labels,
    version: null,
    devices: [],
    inventory_hash: null,
    last_seen_at: null,
  };
}

const shownUrlMaxLength = 2048;
