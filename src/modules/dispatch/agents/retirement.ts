/**
 * What a stop begins with: this replica gives up its lease and its attempts, and tells the others, so that they lead and follow at
 * once, while requests that are open here still end. Prompts go on at their nodes.
 */
import { Inject, Injectable } from '@nestjs/common';
import { LeaderLease, Replica } from '../../../platform/cluster/index.js';
import { Notifications } from '../../../platform/database/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { schedulerChannel } from '../../jobs/index.js';
import { AgentsService } from './agents.service.js';
import { LateSuccesses } from './late-successes.js';
import { Leader } from '../leader/leader.js';

@Injectable()
export class Retirement {
  constructor(
    @Inject(Leader) private readonly leader: Leader,
    @Inject(LeaderLease) private readonly lease: LeaderLease,
    @Inject(AgentsService) private readonly agents: AgentsService,
    @Inject(LateSuccesses) private readonly late: LateSuccesses,
    @Inject(Replica) private readonly replica: Replica,
    @Inject(Notifications) private readonly notifications: Notifications,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** May be called twice; never throws, for without it leases run out by themselves. */
  async retire(): Promise<void> {
    try {
      await this.leader.onModuleDestroy();
      await this.lease.resign();
      await this.notifications.notify(schedulerChannel);
      await Promise.all([this.agents.onModuleDestroy(), this.late.onModuleDestroy()]);
      await this.replica.resign();
    } catch (error) {
      this.log.warn({ err: error }, 'others could not be told of the stop');
    }
  }
}
