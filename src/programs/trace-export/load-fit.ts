/**
 * How long each model loads, and how slow each node is at it. Runs only tell sums: what several models took together, on one node.
 *
 * Each sum is taken as the node's factor times the loads of its models, and shared out by what is believed of them so far, by
 * turns: expectation and maximisation for sums of Poisson counts, which never makes a load negative. What always comes
 * together with another model cannot be told from it, and keeps its share by size.
 */

const rounds = 200;

interface LoadSum {
  nodeId: string;
  models: readonly string[];
  count: number;
  sumMs: number;
}

export interface FittedLoads {
  /** On the node that loads fastest. */
  loadMs: Map<string, number>;
  /** How many times longer a node takes. */
  slowness: Map<string, number>;
}

export class LoadFit {
  private readonly sums = new Map<string, LoadSum>();

  constructor(private readonly sizeBytes: (model: string) => number) {}

  add(nodeId: string, models: readonly string[], loadMs: number): void {
    const key = JSON.stringify([nodeId, models]);
    const known = this.sums.get(key) ?? { nodeId, models, count: 0, sumMs: 0 };
    this.sums.set(key, { ...known, count: known.count + 1, sumMs: known.sumMs + loadMs });
  }

  fit(): FittedLoads {
    const sums = [...this.sums.values()];
    let loadMs = new Map(sums.flatMap(({ models }) => models.map((model) => [model, this.sizeBytes(model)])));
    let slowness = new Map(sums.map(({ nodeId }) => [nodeId, 1]));
    const expectedMs = ({ models }: LoadSum): number =>
      models.reduce((sum, each) => sum + loadMs.get(each)!, 0);
    for (let round = 0; round < rounds; round += 1) {
      slowness = ratios(sums.map((each) => [each.nodeId, each.sumMs, each.count * expectedMs(each)]));
      loadMs = ratios(
        sums.flatMap((each) =>
          each.models.map((model): Share => [
            model,
            (each.sumMs * loadMs.get(model)!) / (expectedMs(each) || 1),
            each.count * slowness.get(each.nodeId)!,
          ]),
        ),
      );
    }
    return relativeToFastest({ loadMs, slowness });
  }
}

type Share = [name: string, above: number, below: number];

function ratios(shares: readonly Share[]): Map<string, number> {
  const above = new Map<string, number>();
  const below = new Map<string, number>();
  for (const [name, upper, lower] of shares) {
    above.set(name, (above.get(name) ?? 0) + upper);
    below.set(name, (below.get(name) ?? 0) + lower);
  }
  return new Map([...above].map(([name, sum]) => [name, below.get(name)! > 0 ? sum / below.get(name)! : 0]));
}

function relativeToFastest({ loadMs, slowness }: FittedLoads): FittedLoads {
  const least = Math.min(...[...slowness.values()].filter((each) => each > 0));
  if (!Number.isFinite(least)) return { loadMs, slowness };
  return {
    loadMs: new Map([...loadMs].map(([model, ms]) => [model, ms * least])),
    slowness: new Map([...slowness].map(([node, factor]) => [node, Math.max(1, factor / least)])),
  };
}
