/** Gives a job that waits another priority. */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { Notifications } from '../../platform/database/index.js';
import { Fault } from '../../platform/fault.js';
import { checkSubmit } from '../access/index.js';
import { creditOf } from '../scheduling/index.js';
import { schedulerChannel } from './channels.js';
import type { JobState } from './domain/states.js';
import { JobEvents } from './following/jobs.events.js';
import { JobsService } from './jobs.service.js';
import { PrioritiesStore } from './record/queue/priorities.store.js';

@Injectable()
export class JobPriorities {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(PrioritiesStore) private readonly store: PrioritiesStore,
    @Inject(JobEvents) private readonly events: JobEvents,
    @Inject(Notifications) private readonly notifications: Notifications,
  ) {}

  /**
   * Null for an unknown id. Faults: conflict for a job that does not wait, or does no longer; forbidden for a place before others
   * without the right to one, as at the submit.
   */
  async change(jobId: string, priority: number): Promise<JobState | null> {
    const job = await this.jobs.get(jobId);
    if (!job) return null;
    checkSubmit({ workflow: job.workflow, jumps: priority > 0 });
    const state = await this.store.change(
      jobId,
      priority,
      creditOf(priority, this.config.SCHEDULING_CREDITS_S),
    );
    if (!state)
      throw new Fault(
        'conflict',
        'only the priority of a job that waits can be changed; this one has left the queue',
      );
    await this.events.publish({ type: 'state', jobId, state, started: false, nodeId: null });
    this.notifications.notifyCoalesced(schedulerChannel);
    return state;
  }
}
