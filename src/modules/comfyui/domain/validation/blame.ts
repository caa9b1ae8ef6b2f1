/**
 * Which output nodes a faulty node spoils. Work grows with nodes and links, not with their product: nodes below a fault are
 * found in one walk, and of the walks that name each output for each fault only so many steps are taken.
 */
import { asLink, type Graph } from '../graph/graph.js';
import { isPause, type Steps } from '../steps.js';

/** Beyond it a fault is told with the outputs found so far, one at least. */
const stepsMax = 200_000;

export interface Blame {
  /** Outputs that depend on a fault, or have one. */
  spoiled: ReadonlySet<string>;
  /** Each faulty node upstream of an output, with the outputs that depend on it, in the order of `outputs`. */
  byFault: ReadonlyMap<string, string[]>;
}

export function* blameSteps(
  graph: Graph,
  outputs: readonly string[],
  isFaulty: (nodeId: string) => boolean,
): Steps<Blame> {
  const sources = yield* linksSteps(graph);
  const byFault = new Map<string, string[]>();
  const below = yield* downstreamOf(sources, [...sources.keys()].filter(isFaulty));
  let steps = 0;
  // An output that the steps no longer reach is walked past the nodes that another has been told for.
  const told = new Set<string>();
  const spoiled = new Set(outputs.filter((id) => below.has(id)));
  for (const output of spoiled) {
    yield undefined;
    const isThorough = steps < stepsMax;
    const seen = isThorough ? new Set<string>() : told;
    steps += walk(output, seen, sources, below, (id) => {
      told.add(id);
      if (isFaulty(id)) (byFault.get(id) ?? setIn(byFault, id)).push(output);
    });
  }
  return { spoiled, byFault };
}

function setIn(map: Map<string, string[]>, key: string): string[] {
  const list: string[] = [];
  map.set(key, list);
  return list;
}

function walk(
  start: string,
  seen: Set<string>,
  sources: ReadonlyMap<string, readonly string[]>,
  within: ReadonlySet<string>,
  visit: (nodeId: string) => void,
): number {
  const open = [start];
  let steps = 0;
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    steps += 1;
    if (seen.has(id) || !within.has(id)) continue;
    seen.add(id);
    visit(id);
    for (const source of sources.get(id) ?? []) open.push(source);
  }
  return steps;
}

function* linksSteps(graph: Graph): Steps<Map<string, string[]>> {
  const links = new Map<string, string[]>();
  for (const [at, [id, { inputs }]] of Object.entries(graph).entries()) {
    if (isPause(at)) yield undefined;
    links.set(
      id,
      Object.values(inputs).flatMap((value) => asLink(value)?.nodeId ?? []),
    );
  }
  return links;
}

/** These nodes and everything that is fed by them. */
function* downstreamOf(
  sources: ReadonlyMap<string, readonly string[]>,
  starts: string[],
): Steps<Set<string>> {
  const fed = new Map<string, string[]>();
  let count = 0;
  for (const [id, from] of sources) {
    if (isPause(count++)) yield undefined;
    for (const source of from) (fed.get(source) ?? setIn(fed, source)).push(id);
  }
  const below = new Set<string>();
  for (let id = starts.pop(); id !== undefined; id = starts.pop()) {
    if (below.has(id)) continue;
    below.add(id);
    if (isPause(below.size)) yield undefined;
    for (const next of fed.get(id) ?? []) starts.push(next);
  }
  return below;
}
