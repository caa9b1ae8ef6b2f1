import type { ClassState, NodeState, SchedulerState } from '../state.js';

/**
 * L: reads the LoRA set of the node's last prompt. ComfyUI patches the resident weights when the set differs, also when the
 * new set is empty; small beside a load, but it decides between two warm nodes.
 */
export function loraS(state: SchedulerState, cls: ClassState, node: NodeState): number {
  return node.loraKey === cls.loraKey ? 0 : state.options.loraPatchS;
}
