/** What makes the leader look before its next turn is due: submits, freed slots, nodes and tenants that changed. */
import { Inject, Injectable } from '@nestjs/common';
import { Notifications } from '../../../platform/database/index.js';
import { TenantsService } from '../../access/index.js';
import { type JobEvent, JobEvents, schedulerChannel } from '../../jobs/index.js';
import { NodesService } from '../../nodes/index.js';
import { Settler } from '../agents/settler.js';

@Injectable()
export class DispatchWakes {
  constructor(
    @Inject(Settler) private readonly settler: Settler,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(TenantsService) private readonly tenants: TenantsService,
    @Inject(JobEvents) private readonly events: JobEvents,
    @Inject(Notifications) private readonly notifications: Notifications,
  ) {}

  /** `hear` is told of every event of a job. */
  async listen(wake: () => void, hear: (event: JobEvent) => void): Promise<void> {
    this.settler.onSlotFreed(wake);
    this.nodes.onChange(wake);
    this.tenants.onChange(wake);
    this.events.subscribeAll(hear);
    await this.notifications.listen(schedulerChannel, wake);
  }
}
