/**
 * Tells clients of their jobs: hears the nodes' events and the record, keeps one story per live job, and hands frames
 * to the sockets of the job's own client, in order. The record decides on ends; each few seconds it is asked about jobs
 * whose end was not heard of.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../../../platform/clock/index.js';
import { PeriodicLoop } from '../../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { parseJson, isJsonObject } from '../../../modules/comfyui/index.js';
import { type RunEvent, RunEvents } from '../../../modules/dispatch/index.js';
import { isTerminal, JobEvents } from '../../../modules/jobs/index.js';
import type { Owner } from '../domain/may-touch.js';
import { publicOutputs } from '../domain/public-outputs.js';
import { endMarkerOf, RunStory } from '../domain/run-story.js';
import { writeJson } from '../../../modules/comfyui/domain/index.js';
import { LiveFiles } from '../live-files.js';
import { NativeStore } from '../record/native.store.js';
import { QueueCount } from './queue-count.js';
import { SocketHub } from './socket-hub.js';

interface Told {
  story: RunStory;
  /** Null for a job that came in by another door. */
  owner: Owner | null | undefined;
  /** What arrived before the owner was known, and after the end was being told. */
  work: Promise<void> | undefined;
  ending: boolean;
}

const checkIntervalMs = 3_000;
const endedMax = 20_000;

@Injectable()
export class RunTeller implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly jobs = new Map<string, Told>();
  /** Late words about these are not heard any more. */
  private readonly ended = new Set<string>();
  private readonly unsubscribe: (() => void)[] = [];
  private readonly loop: PeriodicLoop;

  constructor(
    @Inject(RunEvents) private readonly runEvents: RunEvents,
    @Inject(JobEvents) private readonly jobEvents: JobEvents,
    @Inject(NativeStore) private readonly store: NativeStore,
    @Inject(SocketHub) private readonly hub: SocketHub,
    @Inject(QueueCount) private readonly count: QueueCount,
    @Inject(LiveFiles) private readonly files: LiveFiles,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.loop = new PeriodicLoop({
      name: 'ends of jobs',
      intervalMs: checkIntervalMs,
      clock,
      log,
      turn: async () => this.findEnds(),
    });
  }

  onApplicationBootstrap(): void {
    this.hub.executingNodeOf = (client) => this.executingNodeOf(client);
    this.unsubscribe.push(
      this.runEvents.subscribe((event) => this.hear(event)),
      this.jobEvents.subscribeAll((event) => {
        this.count.touch();
        if (event.type !== 'state') return;
        if (isTerminal(event.state)) this.end(event.jobId);
        else if (event.started) this.tellStatus(event.jobId);
      }),
    );
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    for (const stop of this.unsubscribe) stop();
    await this.loop.stop();
  }

  /** A new job is about to exist: its events may come before its submitter has the answer. */
  expect(jobId: string, owner: Owner): void {
    this.jobs.set(jobId, { story: new RunStory(jobId), owner, work: undefined, ending: false });
  }

  /** It exists now. */
  accepted(owner: Owner): void {
    this.count.accepted();
    this.hub.sendStatus(owner, this.count.remaining);
  }

  /** It was refused after all. */
  forget(jobId: string): void {
    this.jobs.delete(jobId);
  }

  /** As its client was told, which may be sooner than the record learns of it. */
  saysRunning(jobId: string): boolean {
    return this.jobs.get(jobId)?.story.isRunning ?? false;
  }

  private executingNodeOf({ place, clientId }: Owner): string | undefined {
    for (const { story, owner } of this.jobs.values())
      if (owner?.place === place && owner.clientId === clientId && story.executingNode !== undefined)
        return story.executingNode;
    return undefined;
  }

  private hear(event: RunEvent): void {
    if (this.ended.has(event.jobId)) return;
    const told = this.jobs.get(event.jobId) ?? this.meet(event.jobId);
    if (told.owner === null) return;
    if (told.owner && told.work === undefined) this.tell(told, event);
    else this.enqueue(told, () => this.tell(told, event));
  }

  private meet(jobId: string): Told {
    const told: Told = { story: new RunStory(jobId), owner: undefined, work: undefined, ending: false };
    this.jobs.set(jobId, told);
    this.enqueue(told, async () => void (told.owner = (await this.store.owners([jobId])).get(jobId) ?? null));
    return told;
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

  private tell({ story, owner }: Told, event: RunEvent): void {
    if (!owner) return;
    if (event.kind === 'binary') {
      if (story.shows(event.attemptId)) this.hub.sendBinary(owner, event.frame);
      return;
    }
    if (this.hub.isConnected(owner)) this.runEvents.wantPreviews(event);
    const frames = story.hear(
      { ...event, text: event.type === 'executed' ? withPublicFiles(event.jobId, event.text) : event.text },
      this.clock.now().getTime(),
    );
    for (const frame of frames) this.hub.sendText(owner, frame);
  }

  private end(jobId: string): void {
    if (this.ended.has(jobId)) return;
    const told = this.jobs.get(jobId) ?? this.meet(jobId);
    if (told.ending) return;
    told.ending = true;
    this.enqueue(told, async () => {
      if (told.owner && this.hub.isConnected(told.owner)) await this.tellEnd(jobId, told.story, told.owner);
      this.jobs.delete(jobId);
      this.files.forget(jobId);
      this.noteEnd(jobId);
    });
  }

  /** The record says that it runs: the web UI asks for its jobs only when it is told a status. */
  private tellStatus(jobId: string): void {
    if (this.ended.has(jobId)) return;
    const told = this.jobs.get(jobId) ?? this.meet(jobId);
    const tell = (): void => {
      if (told.owner) this.hub.sendStatus(told.owner, Math.max(1, this.count.remaining));
    };
    if (told.work === undefined) tell();
    else this.enqueue(told, tell);
  }

  private async tellEnd(jobId: string, story: RunStory, owner: Owner): Promise<void> {
    const record = await this.store.find(jobId);
    if (!record) return;
    const frames = story.end(record);
    for (const frame of frames) this.hub.sendText(owner, frame);
    this.hub.sendStatus(owner, await this.count.fresh());
    if (frames.length > 0) this.hub.sendText(owner, endMarkerOf(jobId));
  }

  private noteEnd(jobId: string): void {
    this.ended.add(jobId);
    const [oldest] = this.ended;
    if (this.ended.size > endedMax && oldest !== undefined) this.ended.delete(oldest);
  }

  private async findEnds(): Promise<void> {
    const live = [...this.jobs].filter(([, told]) => !told.ending).map(([jobId]) => jobId);
    if (live.length === 0) return;
    const ended = await this.store.endedAmong(live);
    // The record may know of an end before what was said of the run has been heard here.
    if (ended.length > 0) await this.runEvents.caughtUp();
    for (const jobId of ended) this.end(jobId);
  }
}

function withPublicFiles(jobId: string, text: string): string {
  const message = parseJson(text);
  if (!isJsonObject(message) || !isJsonObject(message.data)) return text;
  return writeJson({
    ...message,
    data: { ...message.data, output: publicOutputs(jobId, message.data.output) },
  });
}
