/**
 * Files of running jobs, as their nodes told them: seen by the client before they are in storage. Bounded, the jobs
 * heard of first are forgotten first.
 */
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { RunEvents } from '../../modules/dispatch/index.js';
import type { FileReference } from './domain/file-reference.js';
import { inTurns } from '../../platform/turns/index.js';
import { namedFilesSteps } from './domain/named-files.js';

type NodeFile = Omit<FileReference, 'jobId'>;

const jobsMax = 2_000;
const filesPerJobMax = 10_000;

@Injectable()
export class LiveFiles implements OnModuleInit, OnModuleDestroy {
  private readonly jobs = new Map<string, { nodeId: string; files: NodeFile[] }>();
  private unsubscribe: () => void = () => undefined;

  constructor(@Inject(RunEvents) private readonly events: RunEvents) {}

  onModuleInit(): void {
    this.unsubscribe = this.events.subscribe((event) => {
      if (event.kind === 'json' && event.type === 'executed')
        void this.note(event.jobId, event.nodeId, event.data.output);
    });
  }

  onModuleDestroy(): void {
    this.unsubscribe();
  }

  /** The node that has the file of this job. */
  nodeOf(jobId: string, file: NodeFile): string | undefined {
    const job = this.jobs.get(jobId);
    return job?.files.some((known) => isSame(known, file)) ? job.nodeId : undefined;
  }

  /** The newest of these jobs that made a file of this name. */
  jobWith(file: NodeFile): string[] {
    return [...this.jobs]
      .filter(([, { files }]) => files.some((known) => isSame(known, file)))
      .map(([jobId]) => jobId);
  }

  forget(jobId: string): void {
    this.jobs.delete(jobId);
  }

  private async note(jobId: string, nodeId: string, output: unknown): Promise<void> {
    const named = await inTurns(namedFilesSteps(output, filesPerJobMax));
    const known = this.jobs.get(jobId);
    const files = known?.nodeId === nodeId ? known.files : [];
    this.jobs.set(jobId, { nodeId, files: [...files, ...named].slice(-filesPerJobMax) });
    const [oldest] = this.jobs.keys();
    if (this.jobs.size > jobsMax && oldest !== undefined) this.jobs.delete(oldest);
  }
}

const isSame = (a: NodeFile, b: NodeFile): boolean =>
  a.filename === b.filename && a.subfolder === b.subfolder && a.type === b.type;
