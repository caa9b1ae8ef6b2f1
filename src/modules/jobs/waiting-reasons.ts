import { Injectable } from '@nestjs/common';
import type { JobView } from './jobs.view.js';

const reasonsMax = 10_000;

/** Why the scheduler's last turn left a job waiting, as one sentence. Kept where the turn ran, bounded, made anew each turn. */
@Injectable()
export class WaitingReasons {
  private byJob = new Map<string, string>();

  replace(reasons: Iterable<readonly [jobId: string, sentence: string]>): void {
    this.byJob = new Map([...reasons].slice(0, reasonsMax));
  }

  of(view: Pick<JobView, 'id' | 'state'>): string | null {
    if (view.state === 'delayed') return 'a pause before the next try';
    if (view.state !== 'queued') return null;
    return this.byJob.get(view.id) ?? 'jobs before it';
  }
}
