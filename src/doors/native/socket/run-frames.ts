/** The words for one client: turns what a job's story comes to into frames on the sockets of the job's own client, in order. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock/index.js';
import {
  atOnce,
  isJsonObject,
  parseSteps,
  type Steps,
  writeJsonSteps,
} from '../../../modules/comfyui/domain/index.js';
import { inTurns } from '../../../platform/turns/index.js';
import { type RunEvent, RunEvents } from '../../../modules/dispatch/index.js';
import type { Owner } from '../domain/may-touch.js';
import { publishSteps } from '../domain/public-outputs.js';
import { endMarkerOf, type RunStory } from '../domain/run-story.js';
import { NativeStore } from '../record/native.store.js';
import { QueueCount } from './queue-count.js';
import { SocketHub } from './socket-hub.js';

type JsonEvent = Extract<RunEvent, { kind: 'json' }>;

/** An event that takes long to write anew. */
export const isLongEvent = (event: RunEvent): event is JsonEvent =>
  event.kind === 'json' && event.type === 'executed' && event.text.length > 65_536;

@Injectable()
export class RunFrames {
  constructor(
    @Inject(SocketHub) private readonly hub: SocketHub,
    @Inject(QueueCount) private readonly count: QueueCount,
    @Inject(NativeStore) private readonly store: NativeStore,
    @Inject(RunEvents) private readonly runEvents: RunEvents,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  send(story: RunStory, owner: Owner, event: RunEvent): void {
    if (event.kind === 'binary') {
      if (story.shows(event.attemptId)) this.hub.sendBinary(owner, event.frame);
      return;
    }
    if (this.hub.isConnected(owner)) this.runEvents.wantPreviews(event);
    const told = event.type === 'executed' ? { ...event, text: atOnce(publicText(event)) } : event;
    this.tell(story, owner, told);
  }

  /** The same for what takes long to write. */
  async sendLong(story: RunStory, owner: Owner, event: JsonEvent): Promise<void> {
    if (this.hub.isConnected(owner)) this.runEvents.wantPreviews(event);
    this.tell(story, owner, { ...event, text: await inTurns(publicText(event)) });
  }

  private tell(story: RunStory, owner: Owner, event: JsonEvent): void {
    for (const frame of story.hear(event, this.clock.now().getTime())) this.hub.sendText(owner, frame);
  }

  /** A job of its client exists now. */
  sendAccepted(owner: Owner): void {
    this.count.accepted();
    this.hub.sendStatus(owner, this.count.remaining);
  }

  /** The record says that it runs: the web UI asks for its jobs only when it is told a status. */
  sendStarted(owner: Owner): void {
    this.hub.sendStatus(owner, Math.max(1, this.count.remaining));
  }

  async sendEnd(jobId: string, story: RunStory, owner: Owner): Promise<void> {
    if (!this.hub.isConnected(owner)) return;
    const record = await this.store.find(jobId);
    if (!record) return;
    const frames = await inTurns(story.endSteps(record));
    for (const frame of frames) this.hub.sendText(owner, frame);
    this.hub.sendStatus(owner, await this.count.fresh());
    if (frames.length > 0) this.hub.sendText(owner, endMarkerOf(jobId));
  }
}

function* publicText({ jobId, text }: JsonEvent): Steps<string> {
  const message = yield* parseSteps(text);
  if (!isJsonObject(message) || !isJsonObject(message.data)) return text;
  yield* publishSteps(jobId, message.data.output);
  return yield* writeJsonSteps(message);
}
