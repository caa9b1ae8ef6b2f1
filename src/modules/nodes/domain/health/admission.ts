/**
 * Which nodes may be given work, judged over all of them, and which prompt may go to one. When more breakers are open than a cluster can
 * spare, the fault is probably not the nodes' but ours or a workflow's: then no breaker keeps anybody out. Every replica judges alike, for
 * all know the same of the nodes.
 */
import { fleetEjection } from '../inventory/fleet.js';
import type { Admission, Breaker } from './breaker.js';
import { type NodeHealth, refusalOf } from './health.js';

export const triedByAnother = 'another prompt tries the node by now';

/** What one replica knows of a node. */
export interface Judged {
  readonly settings: { readonly id: string };
  readonly health: NodeHealth;
  readonly breaker: Breaker;
  /** All but its breaker is in favour of new work. */
  readonly isSound: boolean;
  /** Its breaker keeps new work away, or a prompt that tries it is on its way. */
  readonly isEjected: boolean;
  readonly standing: { readonly admission: Admission };
}

/** Those of `nodes`, which are all there are; `ejected` by their breakers, or none, with an alarm, where too many are open. */
export function admitted<Node extends Judged>(
  nodes: readonly Node[],
): { accepting: Node[]; open: string[]; alarm: boolean } {
  const sound = nodes.filter(({ isSound }) => isSound);
  const open = idsOf(sound.filter(({ isEjected }) => isEjected));
  const { ejected, alarm } = fleetEjection(open, nodes.length);
  return { accepting: sound.filter(({ settings }) => !ejected.includes(settings.id)), open, alarm };
}

/** Why this prompt must not go to the node, though it was placed there; undefined: it may. */
export function sendingRefusal(
  { health, breaker, standing }: Judged,
  promptId: string,
  nodes: readonly Judged[],
): string | undefined {
  const refusal = refusalOf(health);
  if (refusal) return `the node is ${refusal} by now`;
  if (standing.admission !== 'none') return undefined;
  if (breaker.state === 'half_open' && breaker.canary === promptId) return undefined;
  return areHeeded(nodes) ? 'the breaker of the node is open by now' : undefined;
}

/** What goes to the node tries it: the prompt has to claim the node first, so that no other does, whoever sends that. */
export const mustClaim = ({ breaker }: Judged, nodes: readonly Judged[]): boolean =>
  breaker.state !== 'closed' && areHeeded(nodes);

function areHeeded(nodes: readonly Judged[]): boolean {
  const open = nodes.filter((node) => node.isSound && node.standing.admission === 'none');
  return !fleetEjection(idsOf(open), nodes.length).alarm;
}

const idsOf = (nodes: readonly Judged[]): string[] => nodes.map(({ settings }) => settings.id);
