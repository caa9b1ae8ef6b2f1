/**
 * Slot 1 in the simulated cluster: whom the leader posts behind a run, and whom it wants back. Chance decides when, as the protocol
 * has to bear any time; the order of the queue is kept.
 */
import type { Rng } from '../../src/programs/simulation/rng.js';
import type { SimulatedNode } from './node.js';
import type { Place, Store } from './store.js';

/** At each of the leader's turns, for each node that runs one prompt, and for each prompt that waits behind another. */
const chance = { handOver: 0.3, wantBack: 0.05 };

export function handOver(
  store: Store,
  nodes: readonly SimulatedNode[],
  placed: readonly Place[],
  rng: Rng,
): Place[] {
  const taken = new Set(placed.map(({ jobId }) => jobId));
  const queue = [...store.jobs.values()]
    .filter(({ id, state }) => state === 'queued' && !taken.has(id))
    .toSorted((a, b) => a.effKey - b.effKey);
  return nodes.flatMap(({ id: nodeId, answers }) => {
    const [held, another] = store.occupied().filter((attempt) => attempt.nodeId === nodeId);
    if (!answers || !held || another || rng.next() >= chance.handOver) return [];
    const at = queue.findIndex(({ avoid }) => !avoid.has(nodeId));
    return queue.splice(at, at < 0 ? 0 : 1).map(({ id: jobId }) => ({ jobId, nodeId, slot: 1 - held.slot }));
  });
}

/** The later of a node's two prompts, unless the record says that it runs. */
export function wantedBack(store: Store, rng: Rng): string[] {
  const nodeIds = new Set<string>();
  return store.occupied().flatMap(({ nodeId, promptId, runningAtMs, withdrawRequested }) => {
    const isBehind = nodeIds.has(nodeId);
    nodeIds.add(nodeId);
    const isWanted = isBehind && runningAtMs === undefined && !withdrawRequested;
    return isWanted && rng.next() < chance.wantBack ? [promptId] : [];
  });
}
