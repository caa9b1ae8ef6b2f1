/**
 * What happens to jobs, told to whoever listens on any replica. Events travel by NOTIFY and are hints: a listener that
 * must not miss the end also reads the record. Progress is kept in memory here for the jobs that are running, bounded.
 */
import { EventEmitter } from 'node:events';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Notifications } from '../../../platform/database/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { isTerminal, type JobState } from '../domain/states.js';

/** Of all samplers of the prompt together. */
export interface SamplerSteps {
  done: number;
  all: number;
}

export type JobEvent =
  | { type: 'state'; jobId: string; state: JobState; started: boolean; nodeId: string | null }
  | { type: 'progress'; jobId: string; progress: number; nodeId: string; steps?: SamplerSteps };

const channel = 'comfymux_job';
const everyJob = Symbol('every job');
const progressEntriesMax = 10_000;

@Injectable()
export class JobEvents implements OnModuleInit {
  private readonly emitter = new EventEmitter().setMaxListeners(0);
  private readonly progress = new Map<string, number>();

  constructor(
    @Inject(Notifications) private readonly notifications: Notifications,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.notifications.listen(channel, (payload) => this.receive(payload));
  }

  /** Never throws: an event that cannot be sent is found in the record by those who poll it. */
  async publish(event: JobEvent): Promise<void> {
    try {
      await this.notifications.notify(channel, JSON.stringify(event));
    } catch (error) {
      this.log.debug({ err: error, jobId: event.jobId }, 'a job event could not be sent');
    }
  }

  /** Calls `listener` for the events of one job until the function it answers is called. */
  subscribe(jobId: string, listener: (event: JobEvent) => void): () => void {
    this.emitter.on(jobId, listener);
    return () => void this.emitter.off(jobId, listener);
  }

  /** Calls `listener` for the events of every job until the function it answers is called. */
  subscribeAll(listener: (event: JobEvent) => void): () => void {
    this.emitter.on(everyJob, listener);
    return () => void this.emitter.off(everyJob, listener);
  }

  /** The job with the newest progress of it, 0–100, that this replica has heard of. */
  withLiveProgress<Job extends { id: string; started: boolean; progress: number | null }>(job: Job): Job {
    const progress = job.started ? this.progress.get(job.id) : undefined;
    return progress === undefined ? job : { ...job, progress: Math.max(progress, job.progress ?? 0) };
  }

  private receive(payload: string): void {
    const event = JSON.parse(payload) as JobEvent;
    if (event.type === 'progress') this.keepProgress(event.jobId, event.progress);
    else if (isTerminal(event.state) || event.state !== 'active') this.progress.delete(event.jobId);
    this.emitter.emit(event.jobId, event);
    this.emitter.emit(everyJob, event);
  }

  private keepProgress(jobId: string, progress: number): void {
    this.progress.delete(jobId);
    this.progress.set(jobId, progress);
    if (this.progress.size > progressEntriesMax) {
      const [oldest] = this.progress.keys();
      if (oldest !== undefined) this.progress.delete(oldest);
    }
  }
}
