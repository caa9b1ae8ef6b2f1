/** Tells the replicas that own nodes that the record has something new for them: this one at once, others by notification. */
import { Inject, Injectable } from '@nestjs/common';
import { Replica } from '../../../platform/cluster/index.js';
import { Notifications } from '../../../platform/database/index.js';
import { ordersChannel } from '../../jobs/index.js';
import { AgentsService } from '../agents/agents.service.js';

@Injectable()
export class OwnerCalls {
  private readonly owners = new Set<string>();

  constructor(
    @Inject(Replica) private readonly replica: Replica,
    @Inject(AgentsService) private readonly agents: AgentsService,
    @Inject(Notifications) private readonly notifications: Notifications,
  ) {}

  /** To be told with the next call. */
  note(owner: string): void {
    this.owners.add(owner);
  }

  async call(): Promise<void> {
    for (const owner of this.owners)
      if (owner === this.replica.id) this.agents.wake();
      else await this.notifications.notify(ordersChannel, owner);
    this.owners.clear();
  }
}
