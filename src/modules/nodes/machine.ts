/** What a node's machine is like, as far as placing a job goes. */
import { gpuClassOf } from './node-view.js';
import type { NodeMonitor } from './watching/node-monitor.js';

export interface Machine {
  gpuClass: string;
  vramBytes: number;
  labels: Readonly<Record<string, string>>;
  pools: readonly string[];
}

/** Of a node that does not tell its memory. */
const assumedVramBytes = 24e9;

/** `labels` are those of the registry. */
export function machineOf(monitor: NodeMonitor, labels: Readonly<Record<string, string>> = {}): Machine {
  return {
    gpuClass: gpuClassOf(monitor) ?? 'unknown',
    vramBytes: monitor.facts?.probe.gpus[0]?.vramTotalBytes ?? assumedVramBytes,
    labels,
    pools: poolsOf(labels),
  };
}

/** A node may be in several. */
export const poolsOf = (labels: Readonly<Record<string, string>>): string[] =>
  (labels['pool'] ?? '').split(',').flatMap((name) => name.trim() || []);
