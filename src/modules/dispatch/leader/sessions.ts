/** Opens the session of a leader: what the last one learned, the registry and the record at hand. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { SchedulerStore } from '../../jobs/index.js';
import { readLearned, restoreScheduler } from '../../scheduling/index.js';
import { AgentsService } from '../agents/agents.service.js';
import { Feeds } from './feeds/feeds.js';
import { OrderDesk } from './orders.js';
import { Outlooks } from './outlooks.js';
import { Preloading } from './preloading.js';
import { type Leadership, Session } from './session.js';

@Injectable()
export class Sessions {
  /** Wall time jumps; the scheduler's time must not. */
  private readonly offsetMs: number;

  constructor(
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(OrderDesk) private readonly orders: OrderDesk,
    @Inject(Outlooks) private readonly outlooks: Outlooks,
    @Inject(SchedulerStore) private readonly store: SchedulerStore,
    @Inject(AgentsService) private readonly agents: AgentsService,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.offsetMs = clock.now().getTime() - clock.monotonicMs();
  }

  async open(leadership: Leadership): Promise<Session> {
    const { store, log } = this;
    const { term } = leadership;
    const learned = readLearned(await store.memory());
    const feed = this.feeds.begin(learned.residency);
    return new Session(restoreScheduler(this.feeds.options, learned), leadership, {
      feed,
      orders: this.orders.open(feed, term),
      preloading: new Preloading(this.agents, feed.queue, feed.inputPlaces),
      publish: this.outlooks.begin(feed.queue, term),
      store,
      nowMs: () => this.offsetMs + this.clock.monotonicMs(),
      log,
    });
  }

  /** This replica no longer leads. */
  resign(): void {
    this.outlooks.resign();
  }
}
