import type { ClassSpec, NodeSpec, Refusal } from '../types.js';

/** A condition that depends on the class and the node alone, and so changes only with a label, a pool or what is known of memory. */
export type Filter = (needs: ClassSpec, node: NodeSpec) => Refusal | undefined;
