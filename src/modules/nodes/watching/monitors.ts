/** Makes the monitors of nodes; each begins to watch when the site is open, unless its node is forgotten by then. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { Site } from '../../../platform/site/index.js';
import type { NodeRecord } from '../nodes.store.js';
import { NodeTruths } from '../truth/node-truths.js';
import { NodeMonitor } from './node-monitor.js';

@Injectable()
export class Monitors {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(NodeTruths) private readonly truths: NodeTruths,
    @Inject(Site) private readonly site: Site,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** `changed` is called after each change of state, facts or breaker. */
  make(settings: NodeRecord, openAttempts: number, changed: (monitor: NodeMonitor) => void): NodeMonitor {
    return new NodeMonitor({
      settings,
      openAttempts,
      pollIntervalMs: this.config.IDLE_POLL_INTERVAL_MS,
      inventoryRefreshMs: this.config.INVENTORY_REFRESH_MS,
      clock: this.clock,
      random: Math.random,
      log: this.log,
      changed,
      tellOwner: (evidence) => this.truths.tellOwner(settings.id, evidence),
    });
  }

  async begin(monitor: NodeMonitor, isKnown: () => boolean): Promise<void> {
    monitor.reason = this.site.heldBecause;
    await this.site.whenOpen(() => {
      if (isKnown()) monitor.start();
    });
  }

  /** Takes over what the owners of nodes wrote, unless this service is held. */
  async lookAtTruths(): Promise<void> {
    if (this.site.isOpen) await this.truths.look();
  }
}
