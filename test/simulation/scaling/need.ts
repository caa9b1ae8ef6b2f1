/**
 * What somebody who knows every run's true length would want: the fewest nodes on which every job that waits begins within the
 * target wait, each run after the other, the nodes at work included. Found by laying runs out, not by the sums of the product.
 */
export interface KnownPool {
  name: string;
  nodesMax: number;
  /** For each node at work, when it will be free. */
  busyForMs: readonly number[];
}

export interface KnownJob {
  /** True run time on a node of each pool that can run it, in the order in which pools are filled. */
  runMs: ReadonlyMap<string, number>;
}

export function clairvoyantNeed(
  pools: readonly KnownPool[],
  waiting: readonly KnownJob[],
  targetWaitMs: number,
): Map<string, number> {
  const nodes = new Map(pools.map(({ name, busyForMs }) => [name, [...busyForMs]]));
  const most = new Map(pools.map(({ name, nodesMax }) => [name, nodesMax]));
  for (const { runMs } of waiting) {
    const placed = [...runMs].some(([pool, ms]) =>
      layOut(nodes.get(pool)!, ms, { most: most.get(pool)!, targetWaitMs }),
    );
    const last = [...runMs].at(-1);
    if (!placed && last) layLast(nodes.get(last[0])!, last[1]);
  }
  return new Map([...nodes].map(([name, ends]) => [name, ends.length]));
}

/** Behind the run that ends last of those that end in time, else on one node more. */
function layOut(
  endsMs: number[],
  ms: number,
  { most, targetWaitMs }: { most: number; targetWaitMs: number },
): boolean {
  let best = -1;
  for (const [at, end] of endsMs.entries())
    if (end <= targetWaitMs && (best < 0 || end > endsMs[best]!)) best = at;
  if (best >= 0) endsMs[best]! += ms;
  else if (endsMs.length < most) endsMs.push(ms);
  else return false;
  return true;
}

/** No node is left that could begin it in time. */
function layLast(endsMs: number[], ms: number): void {
  const first = endsMs.indexOf(Math.min(...endsMs));
  if (first >= 0) endsMs[first]! += ms;
}
