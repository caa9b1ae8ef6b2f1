/** How fast inputs get to a node, learned from transfers that were long enough to tell. */
import type { Attempt, NodeState } from '../state.js';

/** Before anything was sent there. */
export const assumedUploadBytesPerS = 1e8;

const rate = 0.3;
/** What is smaller measures the round trips. */
const smallestBytes = 1e6;
const slowestBytesPerS = 1e3;
const fastestBytesPerS = 1e10;

/** `uploadMs`: from the placement until the inputs were there, so that it also holds what the order took to arrive. */
export function learnUpload(node: NodeState, { uploadBytes }: Attempt, uploadMs: number | undefined): void {
  if (uploadMs === undefined || uploadBytes < smallestBytes) return;
  const seen = (uploadBytes * 1000) / Math.max(uploadMs, 1);
  const sample = Math.min(fastestBytesPerS, Math.max(slowestBytesPerS, seen));
  node.uploadBytesPerS *= (sample / node.uploadBytesPerS) ** rate;
}
