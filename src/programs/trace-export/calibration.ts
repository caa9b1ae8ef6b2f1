/**
 * What the measured runs say about the cluster: how fast each node is, and how long each model loads.
 *
 * A warm run's logarithm is taken as that of its profile plus that of its node, fitted by turns; the fastest node gets speed 1.
 * What a run found missing is what the simulator will: least recently used, bounded by the node's memory; load-fit.ts tells
 * from these runs' set-up what each model takes.
 */
import { type FittedLoads, LoadFit } from './load-fit.js';
import { emptyResidency, holds, useModels, type Residency } from '../../modules/scheduling/index.js';
import type { ExportedClass, MeasuredRun } from './measured-run.js';

const rounds = 30;

interface Mean {
  count: number;
  sum: number;
}

export interface KnownCluster {
  sizeBytes: (model: string) => number;
  vramBytes: (nodeId: string) => number;
}

export class Calibration {
  private readonly memory = new Map<string, Residency>();
  private readonly loadFit: LoadFit;
  /** Logarithms of warm milliseconds per work unit, by profile and node. */
  private readonly warm = new Map<string, Map<string, Mean>>();

  constructor(private readonly cluster: KnownCluster) {
    this.loadFit = new LoadFit(cluster.sizeBytes);
  }

  /** In the order in which the runs began. */
  observe({ nodeId, workUnits, runMs, setUpMs }: MeasuredRun, { profileId, models }: ExportedClass): void {
    const missing = this.bringIn(nodeId, models);
    const loadMs = setUpMs ?? (missing.length === 0 ? 0 : undefined);
    if (loadMs === undefined) return;
    if (missing.length > 0) this.loadFit.add(nodeId, missing, loadMs);
    const byNode = this.warm.get(profileId) ?? new Map<string, Mean>();
    this.warm.set(profileId, byNode);
    add(byNode, nodeId, Math.log(Math.max(1, runMs - loadMs) / workUnits));
  }

  /** Of the models and nodes that were seen loading. */
  loads(): FittedLoads {
    return this.loadFit.fit();
  }

  /** Of every node that ran something, relative to the fastest. */
  speeds(): Map<string, number> {
    const slowness = this.fit();
    const least = Math.min(...slowness.values());
    return new Map([...slowness].map(([node, log]) => [node, Math.exp(least - log)]));
  }

  /** Usual warm time of a profile on a node, or on any when it never ran warm there. */
  warmMs(profileId: string, nodeId: string, workUnits: number): number | undefined {
    const byNode = this.warm.get(profileId);
    if (!byNode) return undefined;
    const means = byNode.has(nodeId) ? [byNode.get(nodeId)!] : [...byNode.values()];
    const count = means.reduce((sum, mean) => sum + mean.count, 0);
    return workUnits * Math.exp(means.reduce((sum, mean) => sum + mean.sum, 0) / count);
  }

  private bringIn(nodeId: string, models: readonly string[]): string[] {
    const memory = this.memory.get(nodeId) ?? emptyResidency<string>(this.cluster.vramBytes(nodeId));
    this.memory.set(nodeId, memory);
    const missing = models.filter((model) => !holds(memory, model));
    useModels(memory, models, this.cluster.sizeBytes);
    return missing;
  }

  private fit(): Map<string, number> {
    const cells = [...this.warm].flatMap(([profile, byNode]) =>
      [...byNode].map(([node, { count, sum }]) => ({ profile, node, count, sum })),
    );
    let profiles = new Map<string, number>();
    let nodes = new Map<string, number>(cells.map(({ node }) => [node, 0]));
    for (let round = 0; round < rounds; round += 1) {
      profiles = averages(cells, 'profile', ({ node }) => nodes.get(node)!);
      nodes = averages(cells, 'node', ({ profile }) => profiles.get(profile)!);
    }
    return nodes;
  }
}

interface Cell extends Mean {
  profile: string;
  node: string;
}

/** Weighted means of what the cells have beyond `known`. */
function averages(
  cells: readonly Cell[],
  by: 'profile' | 'node',
  known: (cell: Cell) => number,
): Map<string, number> {
  const means = new Map<string, Mean>();
  for (const cell of cells) add(means, cell[by], cell.sum - cell.count * known(cell), cell.count);
  return new Map([...means].map(([name, { sum, count }]) => [name, sum / count]));
}

function add(means: Map<string, Mean>, name: string, value: number, count = 1): void {
  const mean = means.get(name) ?? { count: 0, sum: 0 };
  means.set(name, { count: mean.count + count, sum: mean.sum + value });
}
