import type { ClassSpec, NodeSpec } from '../types.js';

/** Why a node cannot run a class: the filter that refused and what is missing, e.g. `lora`, `style.safetensors`. */
export interface Refusal {
  filter: 'models' | 'loras' | 'node-types' | 'vram' | 'labels' | 'pool' | 'readiness';
  detail: string;
}

/** A condition that depends on the class and the node alone, and so changes only with an inventory or a label. */
export type Filter = (needs: ClassSpec, node: NodeSpec) => Refusal | undefined;
