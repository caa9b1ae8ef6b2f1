/**
 * This process among the replicas of one database. A replica renews its row; one that stopped renewing for the lease
 * time is dead, and others take over what it owned. All times are the database's. Being wrong about a death is
 * harmless (every move is checked against a version), only wasteful.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Pool } from 'pg';
import { CONFIG, type Config } from '../config/index.js';
import { Notifications } from '../database/index.js';
import { PeriodicLoop } from '../lifecycle/index.js';
import { LOGGER, type Logger } from '../logging/index.js';
import { Site } from '../site/index.js';
import { packageVersion } from '../version.js';
import { ownerOf } from './rendezvous.js';

@Injectable()
export class Replica implements OnApplicationBootstrap, OnModuleDestroy {
  readonly id = randomUUID();
  private live: string[] = [this.id];
  private readonly loop: PeriodicLoop;

  constructor(
    @Inject(Pool) private readonly pool: Pool,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(Site) private readonly site: Site,
    @Inject(Notifications) private readonly notifications: Notifications,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.loop = new PeriodicLoop({
      name: 'replica lease',
      intervalMs: config.LEASE_RENEW_INTERVAL_MS,
      backoffMaxMs: config.LEASE_RENEW_INTERVAL_MS,
      log,
      turn: async () => this.renew(),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    // One that touches no node owns none.
    await this.site.whenOpen(async () => this.join());
  }

  private async join(): Promise<void> {
    await this.renew();
    this.notifications.hasOthers = () => this.live.length > 1;
    this.log.info({ replica: this.id }, 'joined the cluster');
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.resign();
  }

  /** Lets the lease run out at once, so that nobody waits for it. */
  async resign(): Promise<void> {
    await this.loop.stop();
    await this.pool
      .query(`UPDATE replica SET heartbeat_at = to_timestamp(0) WHERE id = $1`, [this.id])
      .catch((error: unknown) => this.log.warn({ err: error }, 'the replica lease could not be given up'));
  }

  /** The live replica that follows this node, by rendezvous hash: a replica that comes or goes moves only its share. */
  ownerOf(nodeId: string): string {
    return ownerOf(nodeId, this.live);
  }

  /** Replicas as of the last look, this one included. */
  get liveIds(): readonly string[] {
    return this.live;
  }

  /** Looks again who lives, for a decision that cannot wait until the next renewal. */
  async refresh(): Promise<void> {
    const { rows } = await this.pool.query<{ id: string }>(
      `SELECT id FROM replica r WHERE ${isAlive('$1')}`,
      [this.config.REPLICA_LEASE_MS],
    );
    this.live = rows.map((row) => row.id);
    if (!this.live.includes(this.id)) this.live.push(this.id);
  }

  private async renew(): Promise<void> {
    await this.pool.query(
      `INSERT INTO replica (id, version, host) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET heartbeat_at = now()`,
      [this.id, packageVersion, hostname()],
    );
    await this.refresh();
    await this.pool.query(forgetDeadSql);
  }
}

/** SQL on a replica `r`: by the database's clock, which may have been another one when a row was written that is of the future. */
export const isAlive = (leaseMs: string): string =>
  `r.heartbeat_at BETWEEN now() - ${leaseMs} * interval '1 millisecond' AND now() + interval '1 minute'`;

/** The dead whose attempts have all been adopted. */
const forgetDeadSql = `DELETE FROM replica r WHERE NOT heartbeat_at BETWEEN now() - interval '1 hour' AND now() + interval '1 minute'
  AND NOT EXISTS (SELECT FROM attempt a WHERE a.owner = r.id AND a.closed_at IS NULL)`;
