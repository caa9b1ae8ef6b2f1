/**
 * One story per live job, for the job's own client. What is heard of a job whose client is not known yet waits until the record has
 * said whose it is; after its end nothing is heard of it any more.
 */
import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import type { RunEvent } from '../../../modules/dispatch/index.js';
import type { Owner } from '../domain/may-touch.js';
import { RunStory } from '../domain/run-story.js';
import { LiveFiles } from '../live-files.js';
import { NativeStore } from '../record/native.store.js';
import { isLongEvent, RunFrames } from './run-frames.js';

interface Told {
  story: RunStory;
  /** Null for a job that came in by another door. */
  owner: Owner | null | undefined;
  /** What arrived before the owner was known, and after the end was being told. */
  work: Promise<void> | undefined;
  ending: boolean;
}

const endedMax = 20_000;

@Injectable()
export class LiveRuns {
  private readonly jobs = new Map<string, Told>();
  /** Late words about these are not heard any more. */
  private readonly ended = new Set<string>();

  constructor(
    @Inject(NativeStore) private readonly store: NativeStore,
    @Inject(RunFrames) private readonly frames: RunFrames,
    @Inject(LiveFiles) private readonly files: LiveFiles,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** A new job is about to exist: its events may come before its submitter has the answer. */
  expect(jobId: string, owner: Owner): void {
    this.jobs.set(jobId, { story: new RunStory(jobId), owner, work: undefined, ending: false });
  }

  /** It was refused after all. */
  forget(jobId: string): void {
    this.jobs.delete(jobId);
  }

  /** As its client was told, which may be sooner than the record learns of it. */
  saysRunning(jobId: string): boolean {
    return this.jobs.get(jobId)?.story.isRunning ?? false;
  }

  executingNodeOf({ place, clientId }: Owner): string | undefined {
    for (const { story, owner } of this.jobs.values())
      if (owner?.place === place && owner.clientId === clientId && story.executingNode !== undefined)
        return story.executingNode;
    return undefined;
  }

  hear(event: RunEvent): void {
    if (this.ended.has(event.jobId)) return;
    const told = this.told(event.jobId);
    if (told.owner === null) return;
    if (isLongEvent(event))
      return this.enqueue(told, async () => {
        if (told.owner) await this.frames.sendLong(told.story, told.owner, event);
      });
    this.inOrder(told, () => {
      if (told.owner) this.frames.send(told.story, told.owner, event);
    });
  }

  /** The record says that it runs. */
  started(jobId: string): void {
    if (this.ended.has(jobId)) return;
    const told = this.told(jobId);
    this.inOrder(told, () => {
      if (told.owner) this.frames.sendStarted(told.owner);
    });
  }

  /** The record says that it is over. */
  end(jobId: string): void {
    if (this.ended.has(jobId)) return;
    const told = this.told(jobId);
    if (told.ending) return;
    told.ending = true;
    this.enqueue(told, async () => {
      if (told.owner) await this.frames.sendEnd(jobId, told.story, told.owner);
      this.jobs.delete(jobId);
      this.files.forget(jobId);
      this.noteEnd(jobId);
    });
  }

  /** Ends that nobody told of. `caughtUp`: resolves when what was said of runs before has been heard here. */
  async findEnds(caughtUp: () => Promise<void>): Promise<void> {
    const live = [...this.jobs].filter(([, told]) => !told.ending).map(([jobId]) => jobId);
    if (live.length === 0) return;
    const ended = await this.store.endedAmong(live);
    // The record may know of an end before what was said of the run has been heard here.
    if (ended.length > 0) await caughtUp();
    for (const jobId of ended) this.end(jobId);
  }

  private told(jobId: string): Told {
    return this.jobs.get(jobId) ?? this.meet(jobId);
  }

  private meet(jobId: string): Told {
    const told: Told = { story: new RunStory(jobId), owner: undefined, work: undefined, ending: false };
    this.jobs.set(jobId, told);
    this.enqueue(told, async () => void (told.owner = (await this.store.owners([jobId])).get(jobId) ?? null));
    return told;
  }

  /** At once, unless something waits before it. */
  private inOrder(told: Told, tell: () => void): void {
    if (told.work === undefined) tell();
    else this.enqueue(told, tell);
  }

  /** One after the other; what fails is told in the log and the rest goes on. */
  private enqueue(told: Told, work: () => Promise<void> | void): void {
    const mine = (told.work ?? Promise.resolve())
      .then(work)
      .catch((error: unknown) => this.log.warn({ err: error }, 'an event could not be passed on'))
      .finally(() => {
        if (told.work === mine) told.work = undefined;
      });
    told.work = mine;
  }

  private noteEnd(jobId: string): void {
    this.ended.add(jobId);
    const [oldest] = this.ended;
    if (this.ended.size > endedMax && oldest !== undefined) this.ended.delete(oldest);
  }
}
