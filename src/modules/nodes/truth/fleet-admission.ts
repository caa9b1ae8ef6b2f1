/**
 * Which nodes may be given work, judged over all of them. When more breakers are open than a cluster can spare, the fault is
 * probably not the nodes' but ours or a workflow's: then no breaker keeps anybody out. Every replica judges alike, for all know
 * the same of the nodes.
 */
import type { Logger } from '../../../platform/logging/index.js';
import { fleetEjection, refusalOf } from '../domain/index.js';
import type { NodeMonitor } from '../watching/node-monitor.js';

export class FleetAdmission {
  /** More breakers are open than a cluster can spare: none keeps anybody out. */
  isAlarmed = false;

  constructor(private readonly log: Logger) {}

  /** Those of `nodes`, which are all there are. */
  accepting(nodes: readonly NodeMonitor[]): NodeMonitor[] {
    const sound = nodes.filter((monitor) => monitor.isSound);
    const wanted = idsOf(sound.filter((monitor) => monitor.isEjected));
    const { ejected, alarm } = fleetEjection(wanted, nodes.length);
    if (alarm !== this.isAlarmed)
      this.log.error(
        { nodes: wanted, alarm },
        alarm ? 'too many breakers are open: none is heeded' : 'breakers are heeded again',
      );
    this.isAlarmed = alarm;
    return sound.filter((monitor) => !ejected.includes(monitor.settings.id));
  }

  /** Why this prompt must not go to the node, though it was placed there; undefined: it may. */
  refusalOf(monitor: NodeMonitor, promptId: string, nodes: readonly NodeMonitor[]): string | undefined {
    const refusal = refusalOf(monitor.health);
    if (refusal) return `the node is ${refusal} by now`;
    const { breaker, standing } = monitor;
    if (standing.admission !== 'none') return undefined;
    if (breaker.state === 'half_open' && breaker.canary === promptId) return undefined;
    const open = nodes.filter((node) => node.isSound && node.standing.admission === 'none');
    return fleetEjection(idsOf(open), nodes.length).alarm
      ? undefined
      : 'the breaker of the node is open by now';
  }
}

const idsOf = (nodes: readonly NodeMonitor[]): string[] => nodes.map(({ settings }) => settings.id);
