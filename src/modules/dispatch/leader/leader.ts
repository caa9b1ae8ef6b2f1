/**
 * The deciding half of dispatch, on whichever replica holds the lease. Two leaders at once waste work and harm nothing: the record
 * refuses the second.
 *
 *   turn: lease ─▶ waits that end by the clock ─▶ session: what changed ─▶ decide ─▶ orders ─▶ owners are told
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LeaderLease } from '../../../platform/cluster/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import type { PeriodicLoop } from '../../../platform/lifecycle/index.js';
import { Loops } from '../../../platform/site/index.js';
import { DispatchMetrics } from '../dispatch.metrics.js';
import { DispatchWakes } from './dispatch-wakes.js';
import type { Session } from './session.js';
import { Sessions } from './sessions.js';
import { WaitEnds } from './wait-ends.js';

@Injectable()
export class Leader implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: PeriodicLoop;
  private session: Session | undefined;

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(LeaderLease) private readonly lease: LeaderLease,
    @Inject(DispatchWakes) private readonly wakes: DispatchWakes,
    @Inject(WaitEnds) private readonly waits: WaitEnds,
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(DispatchMetrics) private readonly metrics: DispatchMetrics,
    @Inject(Loops) private readonly loops: Loops,
  ) {
    this.loop = loops.make({
      name: 'leader',
      intervalMs: config.DISPATCH_INTERVAL_MS,
      backoffMaxMs: 5000,
      turn: async () => this.turn(),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.wakes.listen(
      () => this.loop.wake(),
      (event) => this.session?.hear(event),
    );
    await this.loops.startWithSite(this.loop);
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
    await this.session?.end();
    this.resign();
  }

  private async turn(): Promise<void> {
    const term = await this.lease.hold();
    if (term === undefined || term !== this.session?.term) this.resign();
    if (term === undefined) return;
    const ended = this.metrics.turnBegins();
    try {
      await this.lead(term);
    } catch (error) {
      // Half a turn: the next one begins with the record.
      this.resign();
      throw error;
    }
    ended();
  }

  private async lead(term: number): Promise<void> {
    await this.waits.look();
    this.session ??= await this.sessions.open({ term, trusted: () => this.lease.trusted, loop: this.loop });
    await this.session.turn();
  }

  private resign(): void {
    this.session = undefined;
    this.sessions.resign();
  }
}
