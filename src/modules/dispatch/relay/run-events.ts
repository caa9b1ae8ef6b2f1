/**
 * What nodes say about the jobs that run on them, passed on under the jobs' own ids in the node's own bytes.
 *
 * Guarantees: a listener hears the events of one attempt in the node's order; none is kept. On this replica every event
 * arrives; from the replicas that follow other nodes come JSON events that fit into a notification, progress at most
 * a few times a second, and, when asked for, previews now and then. They are hints: what must not be missed is in the record.
 */
import { EventEmitter } from 'node:events';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Replica } from '../../../platform/cluster/index.js';
import { Notifications } from '../../../platform/database/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { isJsonObject, parsePlainJson } from '../../comfyui/index.js';
import { PreviewRelay } from './preview-relay.js';

export type RunEvent = {
  jobId: string;
  attemptId: string;
  nodeId: string;
  /** The other replica that heard it. */
  from?: string;
} &
  /** `data` is the message's own, read once for all who hear it, with the node's own prompt id; empty for unknown types. */
  (
    | { kind: 'json'; type: string; text: string; data: Record<string, unknown> }
    /** A whole binary frame of `/ws`. */
    | { kind: 'binary'; frame: Buffer }
  );

type JsonEvent = Extract<RunEvent, { kind: 'json' }>;

interface Relayed {
  from: string;
  event: Omit<JsonEvent, 'data'>;
}

const channel = 'comfymux_run';
/** PostgreSQL takes payloads below 8,000 bytes. */
const payloadBytesMax = 7_500;
const progressIntervalMs = 250;
const waitingMax = 2_000;
const sentAtOnceMax = 200;

@Injectable()
export class RunEvents implements OnModuleInit {
  private readonly emitter = new EventEmitter().setMaxListeners(0);
  private readonly progressSentAtMs = new Map<string, number>();
  /** For the other replicas, in order; when the database is slow, the newest are left out. */
  private readonly waiting: string[] = [];
  private sending = false;

  constructor(
    @Inject(Notifications) private readonly notifications: Notifications,
    @Inject(Replica) private readonly replica: Replica,
    @Inject(PreviewRelay) private readonly previews: PreviewRelay,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    this.previews.onFrame = (frame) => this.emitter.emit('event', { kind: 'binary', ...frame });
    await this.notifications.listen(channel, (payload) => {
      const { from, event } = JSON.parse(payload) as Relayed;
      if (from !== this.replica.id) this.emitter.emit('event', { ...event, from, data: dataOf(event.text) });
    });
  }

  /** Calls `listener` for every job's events until the function it answers is called. */
  subscribe(listener: (event: RunEvent) => void): () => void {
    this.emitter.on('event', listener);
    return () => void this.emitter.off('event', listener);
  }

  publish(event: RunEvent): void {
    this.emitter.emit('event', event);
    if (this.replica.liveIds.length < 2) return;
    if (event.kind === 'binary') return this.previews.relay(event);
    if (!this.isDue(event)) return;
    const pictures = this.previews.pendingPictures(event.attemptId);
    const tell = (): void => this.tellOthers(event);
    if (pictures) pictures.then(tell, tell);
    else tell();
  }

  /** Somebody here wants to see what this event is of: its previews too, wherever they are heard. */
  wantPreviews({ jobId, from }: RunEvent): void {
    if (from === undefined) this.previews.showHere(jobId);
    else this.previews.ask(jobId, from);
  }

  /** Resolves when the pictures of an attempt that is followed here are with all who want them: its end may be told now. */
  async picturesTold(attemptId: string): Promise<void> {
    await this.previews.picturesTold(attemptId);
  }

  /** Resolves when everything has been heard here that other replicas had said before now. */
  async caughtUp(): Promise<void> {
    await this.notifications.caughtUp();
  }

  private isDue({ type, attemptId }: JsonEvent): boolean {
    if (type === 'executing')
      for (const kind of ['progress', 'progress_state']) this.progressSentAtMs.delete(`${kind} ${attemptId}`);
    if (type !== 'progress' && type !== 'progress_state') return true;
    const key = `${type} ${attemptId}`;
    const nowMs = performance.now();
    if (nowMs - (this.progressSentAtMs.get(key) ?? -Infinity) < progressIntervalMs) return false;
    if (this.progressSentAtMs.size > 10_000) this.progressSentAtMs.clear();
    this.progressSentAtMs.set(key, nowMs);
    return true;
  }

  private tellOthers({ data: _data, ...event }: JsonEvent): void {
    if (event.text.length > payloadBytesMax) return;
    const payload = JSON.stringify({ from: this.replica.id, event } satisfies Relayed);
    if (this.waiting.length >= waitingMax || Buffer.byteLength(payload) > payloadBytesMax) return;
    this.waiting.push(payload);
    if (!this.sending) void this.send();
  }

  /** One statement after the other: two at once could overtake each other. */
  private async send(): Promise<void> {
    this.sending = true;
    while (this.waiting.length > 0) {
      const payloads = this.waiting.splice(0, sentAtOnceMax);
      try {
        await this.notifications.notifyAll(channel, payloads);
      } catch (error) {
        this.log.debug(
          { err: error, events: payloads.length },
          'events could not be sent to the other replicas',
        );
      }
    }
    this.sending = false;
  }
}

function dataOf(text: string): Record<string, unknown> {
  try {
    const message = parsePlainJson(text);
    return isJsonObject(message) && isJsonObject(message.data) ? message.data : {};
  } catch {
    return {};
  }
}
