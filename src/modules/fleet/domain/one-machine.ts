/** `/system_stats` of many servers, told as one machine. */
import { isJsonObject } from '../../comfyui/domain/index.js';

export interface NodeStats {
  nodeId: string;
  /** Its whole answer. */
  stats: Record<string, unknown>;
}

/**
 * The system of `newest` with its arguments (the web UI reads its flags there) and the memory of all, and every GPU under
 * its node's name, in the order of these names however the nodes came to answer.
 */
export function oneMachine(nodes: readonly NodeStats[], newest: Record<string, unknown> | undefined) {
  const sorted = nodes.toSorted((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
  const systems = sorted.flatMap(({ stats }) => (isJsonObject(stats.system) ? [stats.system] : []));
  const sum = (key: string): number => systems.reduce((total, system) => total + sizeOf(system[key]), 0);
  const devices = sorted.flatMap(({ nodeId, stats }) =>
    (Array.isArray(stats.devices) ? stats.devices : [])
      .filter(isJsonObject)
      .map((device) => ({ ...device, name: `${nodeId}/${String(device.name)}` })),
  );
  const told = isJsonObject(newest?.system) ? newest.system : {};
  const system = {
    ...told,
    ram_total: sum('ram_total'),
    ram_free: sum('ram_free'),
    ...(!Array.isArray(told.argv) && { argv: ['main.py'] }),
  };
  return { system, devices: devices.map((device, index) => ({ ...device, index })) };
}

const sizeOf = (value: unknown): number => (typeof value === 'number' ? value : 0);
