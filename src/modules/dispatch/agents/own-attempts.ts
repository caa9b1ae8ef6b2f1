/** The open attempts that are this replica's by the record: also those of replicas that died, whose nodes are ours now. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock/index.js';
import { Replica } from '../../../platform/cluster/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { faults } from '../../../platform/crash-points/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { AttemptsStore, type OpenAttempt } from '../../jobs/index.js';

@Injectable()
export class OwnAttempts {
  private adoptDueMs = 0;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(Replica) private readonly replica: Replica,
    @Inject(AttemptsStore) private readonly attempts: AttemptsStore,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async read(): Promise<OpenAttempt[]> {
    await this.adopt();
    return this.attempts.openOf(this.replica.id);
  }

  /** Wakes come with every job, deaths do not. */
  private async adopt(): Promise<void> {
    if (this.clock.monotonicMs() < this.adoptDueMs) return;
    this.adoptDueMs = this.clock.monotonicMs() + this.config.DISPATCH_INTERVAL_MS;
    const orphans = await this.attempts.orphans(this.replica.id, this.config.REPLICA_LEASE_MS);
    if (orphans.length === 0) return;
    // Until its next renewal this replica may still count the dead one as the owner of its nodes.
    await this.replica.refresh();
    const mine = orphans.filter(({ nodeId }) => this.replica.ownerOf(nodeId) === this.replica.id);
    if (mine.length === 0) return;
    faults.hit('attempt.takeover.before_commit');
    const adopted = await this.attempts.takeOver(mine, this.replica.id);
    faults.hit('attempt.takeover.after_commit');
    this.log.warn({ attempts: adopted }, 'adopted the attempts of a replica that is gone');
  }
}
