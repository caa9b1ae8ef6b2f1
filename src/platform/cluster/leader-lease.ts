/**
 * Who decides. The lease gives quality, not safety: two leaders at once can only waste each other's work. The holder
 * trusts itself until a second before the lease runs out, measured from before it asked; a new holder raises the term.
 */
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Pool } from 'pg';
import { Clock } from '../clock/index.js';
import { CONFIG, type Config } from '../config/index.js';
import { LOGGER, type Logger } from '../logging/index.js';
import { Replica } from './replica.js';

const trustMarginMs = 1000;

@Injectable()
export class LeaderLease implements OnModuleDestroy {
  private term: number | undefined;
  private renewAtMs = 0;
  private trustedUntilMs = 0;

  constructor(
    @Inject(Pool) private readonly pool: Pool,
    @Inject(Replica) private readonly replica: Replica,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** The term held now, renewing or taking the lease when it is time; undefined when another replica leads. */
  async hold(): Promise<number | undefined> {
    const nowMs = this.clock.monotonicMs();
    if (this.term !== undefined && nowMs < this.renewAtMs) return this.term;
    const before = this.term;
    const { rows } = await this.pool.query<{ term: string }>(
      `INSERT INTO leader AS held (name, replica_id, term, expires_at) VALUES ('scheduler', $1, 1, now() + $2 * interval '1 millisecond')
       ON CONFLICT (name) DO UPDATE SET replica_id = $1, expires_at = now() + $2 * interval '1 millisecond',
         term = held.term + CASE WHEN held.replica_id = $1 THEN 0 ELSE 1 END
       WHERE held.replica_id = $1 OR held.expires_at < now() RETURNING term`,
      [this.replica.id, this.config.LEADER_LEASE_MS],
    );
    this.term = rows[0] === undefined ? undefined : Number(rows[0].term);
    this.renewAtMs = nowMs + this.config.LEASE_RENEW_INTERVAL_MS;
    this.trustedUntilMs =
      nowMs + Math.max(this.config.LEADER_LEASE_MS - trustMarginMs, this.config.LEASE_RENEW_INTERVAL_MS);
    if (this.term !== before)
      this.log.info(
        { term: this.term, replica: this.replica.id },
        this.term === undefined ? 'another replica leads' : 'leading',
      );
    return this.term;
  }

  /** Whether the term may still be trusted after the work that followed `hold`. */
  get trusted(): boolean {
    return this.term !== undefined && this.clock.monotonicMs() < this.trustedUntilMs;
  }

  async onModuleDestroy(): Promise<void> {
    await this.resign();
  }

  /** Lets the lease run out at once, so that nobody waits for it. */
  async resign(): Promise<void> {
    if (this.term === undefined) return;
    this.term = undefined;
    await this.pool
      .query(
        `UPDATE leader SET expires_at = now() - interval '1 second' WHERE name = 'scheduler' AND replica_id = $1`,
        [this.replica.id],
      )
      .catch((error: unknown) => this.log.warn({ err: error }, 'the leader lease could not be given up'));
  }
}
