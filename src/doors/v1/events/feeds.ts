/** Where changes come from; asked only for what some stream wants. */
import { Inject, Injectable } from '@nestjs/common';
import type { Change } from './change.js';
import { JobFeed, type Told } from './job-feed.js';
import { NodeFeed } from './node-feed.js';
import { PreviewFeed } from './preview-feed.js';
import { QueueFeed } from './queue-feed.js';
import type { EventType, Wanted } from './wanted.js';

/** A reader who was away for longer reads the lists anew. */
const awayMaxMs = 10 * 60_000;

@Injectable()
export class Feeds {
  private types: ReadonlySet<EventType> = new Set();
  /** Jobs whose previews somebody wants to see. */
  private watched: ReadonlySet<string> = new Set();
  private placeMs = 0;

  constructor(
    @Inject(JobFeed) private readonly jobs: JobFeed,
    @Inject(NodeFeed) private readonly nodes: NodeFeed,
    @Inject(QueueFeed) private readonly queue: QueueFeed,
    @Inject(PreviewFeed) private readonly previews: PreviewFeed,
  ) {}

  /** Answers the time by the clock of the database. */
  async start(wake: () => void): Promise<number> {
    await this.jobs.start(wake);
    this.placeMs = await this.jobs.nowMs();
    this.nodes.start(wake, this.placeMs);
    this.previews.start(wake);
    return this.placeMs;
  }

  stop(): void {
    for (const feed of [this.jobs, this.nodes, this.queue, this.previews]) feed.stop();
  }

  /** What is wanted now, by all streams together. */
  look(wanted: readonly Wanted[]): void {
    this.types = new Set(wanted.flatMap(({ types }) => types));
    const lookers = wanted.filter(({ types }) => types.includes('preview'));
    this.previews.looksAtAll = lookers.some(({ jobs }) => jobs === null);
    this.watched = new Set(lookers.flatMap(({ jobs }) => jobs ?? []));
    for (const id of this.watched) this.previews.look(id);
  }

  async take(): Promise<Told> {
    const { types } = this;
    for (const id of this.watched) this.previews.look(id);
    // Also for streams of nodes alone: it tells the time.
    const jobs = await this.jobs.take();
    this.placeMs = jobs.placeMs ?? this.placeMs;
    const changes = [
      ...jobs.changes,
      ...(types.has('node') ? this.nodes.take(this.placeMs) : []),
      ...(types.has('queue') ? await this.queue.take() : []),
      ...(types.has('preview') ? this.previews.take((id) => this.jobs.aboutOf(id)) : []),
    ];
    return { ...jobs, changes };
  }

  /** `lost`: what must be read anew. Without a time nothing was missed. */
  async missedSince(
    fromMs: number | undefined,
    { types }: Wanted,
  ): Promise<{ changes: Change[]; lost: EventType[] }> {
    const queue = types.includes('queue') ? this.queue.current() : [];
    if (fromMs === undefined) return { changes: queue, lost: [] };
    const nowMs = await this.jobs.nowMs();
    // A place in the future is of another database.
    if (nowMs - fromMs > awayMaxMs || fromMs > nowMs + 1_000)
      return { changes: queue, lost: ['job', 'node'] };
    const ofNodes = types.includes('node') ? this.nodes.missedSince(fromMs) : [];
    const ofJobs = types.includes('job') ? await this.jobs.missedSince(fromMs) : { changes: [] };
    const lost: EventType[] = [
      ...(ofJobs.overflow ? ['job' as const] : []),
      ...(ofNodes ? [] : ['node' as const]),
    ];
    return { changes: [...ofJobs.changes, ...(ofNodes ?? []), ...queue], lost };
  }
}
