/** Answers for jobs, follows them, cancels them. */
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { validate as isUuid } from 'uuid';
import { Notifications } from '../../platform/database/index.js';
import { Fault } from '../../platform/fault.js';
import { faults } from '../../platform/crash-points/index.js';
import { LastCall, signalWithin } from '../../platform/lifecycle/index.js';
import { ordersChannel } from './channels.js';
import type { JobState } from './domain/states.js';
import { watchJob } from './following/job-watch.js';
import { JobTraces } from './following/job-traces.js';
import { JobEvents } from './following/jobs.events.js';
import { type AttemptView, type CancelRequest, JobsStore } from './record/reading/jobs.store.js';
import type { JobFilter, JobPlace } from './record/reading/job-filter.sql.js';
import { JobSearch, type Search } from './record/reading/job-search.js';
import type { JobOutput, JobView } from './record/reading/jobs.view.js';

/** In one statement: a second one may wait for their rows so long. */
const cancelledTogether = 250;

@Injectable()
export class JobsService implements OnModuleDestroy {
  private readonly stopping = new AbortController();

  constructor(
    @Inject(JobsStore) private readonly store: JobsStore,
    @Inject(JobEvents) private readonly events: JobEvents,
    @Inject(Notifications) private readonly notifications: Notifications,
    @Inject(LastCall) private readonly lastCall: LastCall,
    @Inject(JobTraces) private readonly traces: JobTraces,
    @Inject(JobSearch) private readonly searching: JobSearch,
  ) {}

  /** Ends every show of a job as it goes, so that a stop need not wait for the longest of them. */
  onModuleDestroy(): void {
    this.stopping.abort();
  }

  async get(jobId: string): Promise<JobView | null> {
    const view = isUuid(jobId) ? await this.store.find(jobId) : null;
    return view && this.events.withLiveProgress(view);
  }

  /** Those of them that are known, in no order. Of whoever asks for them by ids that he was given. */
  async getAll(jobIds: readonly string[]): Promise<JobView[]> {
    return (await this.store.findAll(jobIds)).map((view) => this.events.withLiveProgress(view));
  }

  async list(filter: JobFilter): Promise<JobView[]> {
    return (await this.store.list(filter)).map((view) => this.events.withLiveProgress(view));
  }

  /** Jobs in which that text is found. A page may be short, or empty, and yet have a `next`: where older jobs are to be looked at. */
  async search({ node, ...search }: Search): Promise<{ views: JobView[]; next: JobPlace | null }> {
    const { places, next } = await this.searching.find(search);
    const views = new Map((await this.getAll(places.map(({ id }) => id))).map((view) => [view.id, view]));
    const found = places.flatMap(({ id }) => views.get(id) ?? []);
    return { views: found.filter(({ nodeId }) => node === undefined || nodeId === node), next };
  }

  async attempts({ id, attempts }: JobView): Promise<AttemptView[]> {
    return attempts === 0 ? [] : this.store.attemptsOf(id);
  }

  async isArchived(jobId: string): Promise<boolean> {
    return this.store.isArchived(jobId);
  }

  /** Of the given job, or the newest of that name among the jobs of one door: nobody finds another door's by guessing names. */
  async findOutput(file: {
    filename: string;
    subfolder: string;
    type: string;
    of: { jobId: string } | { door: string };
  }): Promise<JobOutput | null> {
    if ('jobId' in file.of && !isUuid(file.of.jobId)) return null;
    return this.store.findOutput(file);
  }

  /** Null for an unknown id. A job that has ended stays as it is; an active one ends when its node has stopped. */
  async cancel(jobId: string): Promise<JobState | null> {
    const result = isUuid(jobId) ? await this.store.requestCancel(jobId) : null;
    if (!result) return null;
    faults.hit('job.cancel.after_commit');
    if (result.changed) await this.tellCancelled([result]);
    return result.state;
  }

  /** Of many at once; answers those that it moved. What has ended stays as it is, and so does what is not the caller's. */
  async cancelMany(jobIds: readonly string[]): Promise<{ id: string; state: JobState }[]> {
    const done: { id: string; state: JobState }[] = [];
    for (let at = 0; at < jobIds.length; at += cancelledTogether) {
      const { moved, busy } = await this.store.requestCancels(jobIds.slice(at, at + cancelledTogether));
      await this.tellCancelled(moved);
      done.push(...moved);
      for (const id of busy) {
        const state = await this.cancel(id);
        if (state === 'active' || state === 'cancelled') done.push({ id, state });
      }
    }
    return done;
  }

  /** The job in its terminal state, or null when it did not end in time (or is unknown). Fault shutting_down when this replica stops first. */
  async waitForEnd(
    jobId: string,
    options: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<JobView | null> {
    const signals = [this.lastCall.signal, ...(options.signal ? [options.signal] : [])];
    const patience = signalWithin(options.timeoutMs, ...signals);
    for await (const view of this.follow(jobId, patience)) if (view.finishedAt) return view;
    if (this.lastCall.signal.aborted)
      throw new Fault('shutting_down', 'the service is being stopped; the job goes on', undefined, {
        retryAfterSeconds: 5,
      });
    return null;
  }

  watch(jobId: string, signal: AbortSignal): AsyncGenerator<JobView> {
    return this.follow(jobId, AbortSignal.any([signal, this.stopping.signal]));
  }

  private async tellCancelled(moved: readonly CancelRequest[]): Promise<void> {
    const owners = new Set(moved.flatMap(({ owner }) => owner ?? []));
    for (const owner of owners) await this.notifications.notify(ordersChannel, owner);
    this.traces.left(moved.filter(({ state }) => state === 'cancelled').map(({ id }) => id));
    await Promise.all(
      moved.map(async ({ id: jobId, state }) =>
        this.events.publish({ type: 'state', jobId, state, started: false, nodeId: null }),
      ),
    );
  }

  private readonly follow = (jobId: string, signal: AbortSignal): AsyncGenerator<JobView> =>
    watchJob(jobId, (id) => this.get(id), this.events, { signal });
}
