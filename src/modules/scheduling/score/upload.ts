import type { Job, NodeState } from '../state.js';

/**
 * U: reads the job's input bytes, the nodes that hold them already (names are content hashes, so a repeat costs nothing)
 * and the node's measured upload rate. Matters for video inputs and for nodes behind a slow line.
 */
export function uploadS(job: Job, node: NodeState): number {
  return uploadBytes(job, node) / node.uploadBytesPerS;
}

export function uploadBytes(job: Job, node: NodeState): number {
  const { inputBytes, inputsOnNodeIds } = job.spec;
  return inputBytes === 0 || inputsOnNodeIds.includes(node.spec.id) ? 0 : inputBytes;
}
