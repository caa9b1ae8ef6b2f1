/** Which nodes may be given work, by the pure rules of domain/; tells when breakers cease to be heeded, and when they are again. */
import type { Logger } from '../../../platform/logging/index.js';
import { admitted } from '../domain/index.js';
import type { NodeMonitor } from '../watching/node-monitor.js';

export class FleetAdmission {
  /** More breakers are open than a cluster can spare: none keeps anybody out. */
  isAlarmed = false;

  constructor(private readonly log: Logger) {}

  /** Those of `nodes`, which are all there are. */
  accepting(nodes: readonly NodeMonitor[]): NodeMonitor[] {
    const { accepting, open, alarm } = admitted(nodes);
    if (alarm !== this.isAlarmed)
      this.log.error(
        { nodes: open, alarm },
        alarm ? 'too many breakers are open: none is heeded' : 'breakers are heeded again',
      );
    this.isAlarmed = alarm;
    return accepting;
  }
}
