/** All that one leader's scheduler is told, from the registry and the record: each look answers with what has changed since the last. */
import type { QueueStore } from '../../../jobs/index.js';
import type { SchedulerState, SchedulingEvent } from '../../../scheduling/index.js';
import type { AttemptFeed } from './attempt-feed.js';
import type { InputPlaces } from './input-places.js';
import type { NodeFeed } from './node-feed.js';
import type { QueueFeed } from './queue-feed.js';

export class Feed {
  constructor(
    private readonly store: QueueStore,
    readonly nodes: NodeFeed,
    readonly queue: QueueFeed,
    readonly attempts: AttemptFeed,
    readonly inputPlaces: InputPlaces,
  ) {}

  async changes(state: SchedulerState, now: () => number): Promise<SchedulingEvent[]> {
    const attempts = await this.attempts.read();
    const opened = await this.store.placedHeads(attempts.opened.map(({ jobId }) => jobId));
    const windows = await this.queue.read(state, now());
    const nowMs = now();
    const heads = windows.flatMap((window) => window.heads);
    const classes = await this.queue.classEvents([...opened, ...heads], nowMs);
    for (const { known, end } of attempts.ended)
      if (end?.outcome) this.nodes.noteEnd(known.nodeId, end.outcome, end.nodeChanged ? nowMs : undefined);
    const nodes = this.nodes.events(nowMs, attempts.collecting);
    for (const event of nodes)
      if (event.kind === 'residency-void' || event.kind === 'node-removed')
        this.inputPlaces.forgetNode(event.nodeId);
    const jobs = new Map(opened.map((head) => [head.id, this.queue.jobOf(head, nowMs)]));
    return [
      ...classes,
      ...this.queue.sizeEvents(nowMs),
      ...nodes,
      ...this.queue.limitEvents(nowMs),
      ...this.nodes.readiness(this.queue.known(), nowMs),
      ...this.attempts.events(attempts, jobs, nowMs),
      ...windows.map((window) => this.queue.windowEvent(window, nowMs)),
      ...this.queue.forgetIdle(state, nowMs),
      { kind: 'tick', nowMs },
    ];
  }
}
