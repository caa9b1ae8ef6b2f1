/** The words for one client: turns what a job's story comes to into frames on the sockets of the job's own client, in order. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock/index.js';
import { isJsonObject, parseJson, writeJson } from '../../../modules/comfyui/domain/index.js';
import { type RunEvent, RunEvents } from '../../../modules/dispatch/index.js';
import type { Owner } from '../domain/may-touch.js';
import { publicOutputs } from '../domain/public-outputs.js';
import { endMarkerOf, type RunStory } from '../domain/run-story.js';
import { NativeStore } from '../record/native.store.js';
import { QueueCount } from './queue-count.js';
import { SocketHub } from './socket-hub.js';

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
    const frames = story.hear(
      { ...event, text: event.type === 'executed' ? withPublicFiles(event.jobId, event.text) : event.text },
      this.clock.now().getTime(),
    );
    for (const frame of frames) this.hub.sendText(owner, frame);
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
    const frames = story.end(record);
    for (const frame of frames) this.hub.sendText(owner, frame);
    this.hub.sendStatus(owner, await this.count.fresh());
    if (frames.length > 0) this.hub.sendText(owner, endMarkerOf(jobId));
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
