/**
 * What nodes say about the jobs that run on them, passed on under the jobs' own ids in the node's own bytes.
 *
 * Guarantees: a listener hears the events of one attempt in the node's order; none is kept. On this replica every event
 * arrives; from the replicas that follow other nodes come JSON events that fit into a notification, progress at most
 * a few times a second, and no previews. They are hints: what must not be missed is in the record.
 */
import { EventEmitter } from 'node:events';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Replica } from '../../platform/cluster/index.js';
import { Notifications } from '../../platform/database/index.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';

export type RunEvent = {
  jobId: string;
  attemptId: string;
  nodeId: string;
} & (
  | { kind: 'json'; type: string; text: string }
  /** A whole binary frame of `/ws`. */
  | { kind: 'binary'; frame: Buffer }
);

interface Relayed {
  from: string;
  event: Extract<RunEvent, { kind: 'json' }>;
}

const channel = 'comfymux_run';
/** PostgreSQL takes payloads below 8,000 bytes. */
const payloadBytesMax = 7_500;
const progressIntervalMs = 250;

@Injectable()
export class RunEvents implements OnModuleInit {
  private readonly emitter = new EventEmitter().setMaxListeners(0);
  private readonly progressSentAtMs = new Map<string, number>();

  constructor(
    @Inject(Notifications) private readonly notifications: Notifications,
    @Inject(Replica) private readonly replica: Replica,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.notifications.listen(channel, (payload) => {
      const { from, event } = JSON.parse(payload) as Relayed;
      if (from !== this.replica.id) this.emitter.emit('event', event);
    });
  }

  /** Calls `listener` for every job's events until the function it answers is called. */
  subscribe(listener: (event: RunEvent) => void): () => void {
    this.emitter.on('event', listener);
    return () => void this.emitter.off('event', listener);
  }

  publish(event: RunEvent): void {
    this.emitter.emit('event', event);
    if (event.kind === 'json' && this.replica.liveIds.length > 1 && this.isDue(event))
      void this.tellOthers(event);
  }

  private isDue({ type, attemptId }: Extract<RunEvent, { kind: 'json' }>): boolean {
    if (type !== 'progress' && type !== 'progress_state') {
      if (type === 'executing') this.progressSentAtMs.delete(attemptId);
      return true;
    }
    const nowMs = performance.now();
    if (nowMs - (this.progressSentAtMs.get(attemptId) ?? -Infinity) < progressIntervalMs) return false;
    if (this.progressSentAtMs.size > 10_000) this.progressSentAtMs.clear();
    this.progressSentAtMs.set(attemptId, nowMs);
    return true;
  }

  private async tellOthers(event: Relayed['event']): Promise<void> {
    const payload = JSON.stringify({ from: this.replica.id, event } satisfies Relayed);
    if (Buffer.byteLength(payload) > payloadBytesMax) return;
    try {
      await this.notifications.notify(channel, payload);
    } catch (error) {
      this.log.debug({ err: error, job: event.jobId }, 'an event could not be sent to the other replicas');
    }
  }
}
