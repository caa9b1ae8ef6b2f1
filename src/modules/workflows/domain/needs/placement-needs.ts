import type { WorkflowManifest } from '../manifest.js';

/** What a workflow asks of a node beyond what its graph shows. */
export interface PlacementNeeds {
  workflow: string | null;
  minVramBytes: number;
  /** The node must have these labels. */
  labels: Record<string, string>;
  /** The node must belong to this pool. */
  pool: string | null;
}

/** Without a manifest: nothing. */
export function placementNeedsOf(manifest?: WorkflowManifest): PlacementNeeds {
  const { minVramBytes = 0, labels = {}, pool = null } = manifest?.requirements ?? {};
  return { workflow: manifest?.name ?? null, minVramBytes, labels, pool };
}
