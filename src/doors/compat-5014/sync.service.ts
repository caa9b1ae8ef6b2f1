import type { EventEmitter } from 'node:events';
import { Inject, Injectable } from '@nestjs/common';
import { type JobOutput, JobsService } from '../../modules/jobs/index.js';
import { failedText, type FinishedBody, finishedBody, timeoutText } from './domain/shapes.js';

/** The longest wait a timer can hold; longer ones end there. */
const maxWaitMs = 2 ** 31 - 1;

/** How a wait ended: the video, a failed run, or no end in time. */
export type SyncAnswer =
  | { status: 200; body: FinishedBody }
  | { status: 408 | 500; body: { detail: string } };

/** Waits for a job on behalf of a client that stays connected; the job itself goes on whatever happens to the wait. */
@Injectable()
export class SyncService {
  constructor(@Inject(JobsService) private readonly jobs: JobsService) {}

  /** Stops waiting when `socket`, the client's connection, closes. */
  async wait(
    jobId: string,
    timeoutSeconds: number,
    socket: EventEmitter,
    urlOf: (output: JobOutput) => string,
  ): Promise<SyncAnswer> {
    const gone = new AbortController();
    const leave = () => gone.abort();
    socket.once('close', leave);
    try {
      const timeoutMs = Math.min(timeoutSeconds * 1000, maxWaitMs);
      const job = await this.jobs.waitForEnd(jobId, { timeoutMs, signal: gone.signal });
      if (job === null) return { status: 408, body: { detail: timeoutText(timeoutSeconds) } };
      if (job.state !== 'succeeded') return { status: 500, body: { detail: failedText(job) } };
      return { status: 200, body: finishedBody(jobId, job.outputs, urlOf) };
    } finally {
      socket.off('close', leave);
    }
  }
}
