/** What is to be told of one job: where it stands, counted, and what is foreseen. */
import { Inject, Injectable } from '@nestjs/common';
import { QueueStore } from '../record/queue/queue.store.js';
import type { JobView } from '../record/reading/jobs.view.js';
import { Forecasts, type JobOutlook, outlookOf } from './forecasts.js';

@Injectable()
export class Outlooks {
  constructor(
    @Inject(QueueStore) private readonly queue: QueueStore,
    @Inject(Forecasts) private readonly forecasts: Forecasts,
  ) {}

  async of(view: JobView): Promise<JobOutlook> {
    const ahead = view.state === 'queued' ? await this.queue.countBefore(view.effKey) : undefined;
    return outlookOf(view, await this.forecasts.current(), ahead);
  }
}
