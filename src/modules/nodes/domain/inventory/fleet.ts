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
