/** Nodes that can run the same workflows and lack the same for the others, as one: thousands of nodes are of a few kinds. Pure. */
import type { MissingNeeds } from '../../../modules/nodes/index.js';

/** Groups beyond which the smallest are counted alone: what a node lacks is long, and an answer is not. */
const groupsMax = 100;

export interface Judgement {
  name: string;
  /** Null while the inventory of the node is unknown. */
  ready: boolean | null;
  missing: MissingNeeds | null;
}

export interface JudgedNode {
  id: string;
  acceptsWork: boolean;
  /** One for each named workflow, in the same order for all nodes; nodes of one inventory share the list. */
  judgements: readonly Judgement[];
}

export interface Alike {
  nodes: JudgedNode[];
  judgements: readonly Judgement[];
}

/** The largest first; `otherNodes` are in none of them. */
export function alike(nodes: readonly JudgedNode[]): { groups: Alike[]; otherNodes: number } {
  const names = new Map<readonly Judgement[], string>();
  const groups = new Map<string, Alike>();
  for (const node of nodes) {
    const name = names.get(node.judgements) ?? JSON.stringify(node.judgements);
    names.set(node.judgements, name);
    const group = groups.get(name);
    if (group) group.nodes.push(node);
    else groups.set(name, { nodes: [node], judgements: node.judgements });
  }
  const all = [...groups.values()].toSorted((one, other) => other.nodes.length - one.nodes.length);
  return {
    groups: all.slice(0, groupsMax),
    otherNodes: all.slice(groupsMax).reduce((sum, group) => sum + group.nodes.length, 0),
  };
}
