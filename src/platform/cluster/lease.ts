/**
 * Who does something that one replica at a time should do. A lease gives quality, not safety: two holders at once can
 * only waste each other's work. The holder trusts itself until a second before the lease runs out, measured from before
 * it asked; a new holder raises the term. One that runs out hours from now was written by another clock, and holds nobody up.
 */
import type { Pool } from 'pg';
import type { Clock } from '../clock/index.js';
import type { Config } from '../config/index.js';
import type { Logger } from '../logging/index.js';
import type { Replica } from './replica.js';

const trustMarginMs = 1000;

export interface LeaseDependencies {
  pool: Pool;
  replica: Replica;
  config: Config;
  clock: Clock;
  log: Logger;
}

export class Lease {
  private term: number | undefined;
  private renewAtMs = 0;
  private trustedUntilMs = 0;

  constructor(
    private readonly name: string,
    private readonly deps: LeaseDependencies,
  ) {}

  /** The term held now, renewing or taking the lease when it is time; undefined when another replica has it. */
  async hold(): Promise<number | undefined> {
    const { pool, replica, config, clock, log } = this.deps;
    const nowMs = clock.monotonicMs();
    if (this.term !== undefined && nowMs < this.renewAtMs) return this.term;
    const before = this.term;
    const { rows } = await pool.query<{ term: string }>(
      `INSERT INTO leader AS held (name, replica_id, term, expires_at) VALUES ($1, $2, 1, now() + $3 * interval '1 millisecond')
       ON CONFLICT (name) DO UPDATE SET replica_id = $2, expires_at = now() + $3 * interval '1 millisecond',
         term = held.term + CASE WHEN held.replica_id = $2 THEN 0 ELSE 1 END
       WHERE held.replica_id = $2 OR held.expires_at < now() OR held.expires_at > now() + interval '1 hour' RETURNING term`,
      [this.name, replica.id, config.LEADER_LEASE_MS],
    );
    this.term = rows[0] === undefined ? undefined : Number(rows[0].term);
    this.renewAtMs = nowMs + config.LEASE_RENEW_INTERVAL_MS;
    this.trustedUntilMs =
      nowMs + Math.max(config.LEADER_LEASE_MS - trustMarginMs, config.LEASE_RENEW_INTERVAL_MS);
    if (this.term !== before)
      log.info(
        { lease: this.name, term: this.term, replica: replica.id },
        this.term === undefined ? 'another replica leads' : 'leading',
      );
    return this.term;
  }

  /** Whether the term may still be trusted after the work that followed `hold`. */
  get trusted(): boolean {
    return this.term !== undefined && this.deps.clock.monotonicMs() < this.trustedUntilMs;
  }

  /** Lets the lease run out at once, so that nobody waits for it. */
  async resign(): Promise<void> {
    if (this.term === undefined) return;
    this.term = undefined;
    await this.deps.pool
      .query(
        `UPDATE leader SET expires_at = now() - interval '1 second' WHERE name = $1 AND replica_id = $2`,
        [this.name, this.deps.replica.id],
      )
      .catch((error: unknown) =>
        this.deps.log.warn({ err: error, lease: this.name }, 'a lease could not be given up'),
      );
  }
}
