/**
 * The judgement over all nodes. If more than 30 % would be put out, the fault is probably ours or a workflow's:
 * then nobody is, and an alarm is due. One node may always be put out, so that small clusters are protected too.
 */
const ejectedShareMax = 0.3;

export type FleetEjection = { ejected: string[]; alarm: boolean };

/** `wanted` are the nodes whose breakers are not closed, of `nodeCount` in all. */
export function fleetEjection(wanted: readonly string[], nodeCount: number): FleetEjection {
  const allowed = Math.max(1, Math.floor(nodeCount * ejectedShareMax));
  return wanted.length > allowed ? { ejected: [], alarm: true } : { ejected: [...wanted], alarm: false };
}

/** What a node did within the window (30 min); `faults` are its own, not the jobs'. */
export interface NodeRecord {
  nodeId: string;
  runs: number;
  faults: number;
}

const runsMin = 10;
const nodesMin = 5;
const deviationsMax = 1.9;

/** Nodes whose share of faults lies over the mean by more than 1.9 σ; ten runs count, and five such nodes. */
export function ratioOutliers(records: readonly NodeRecord[]): string[] {
  const judged = records.filter(({ runs }) => runs >= runsMin);
  if (judged.length < nodesMin) return [];
  const ratios = judged.map(({ faults, runs }) => faults / runs);
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  const variance = ratios.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0) / ratios.length;
  const limit = mean + deviationsMax * Math.sqrt(variance);
  return judged.filter(({ faults, runs }) => faults / runs > limit).map(({ nodeId }) => nodeId);
}
