/** What each replica has open for each tenant. A replica that is dead has nothing open. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { isAlive, Replica } from '../../../platform/cluster/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { transaction } from '../../../platform/database/index.js';

/** Of a row `s` of `tenant_stream`; `$1` is the lease in milliseconds. */
const isOfALiveReplica = `EXISTS (SELECT FROM replica r WHERE r.id = s.replica_id AND ${isAlive('$1')})`;

/** What this replica has, and as many more as fit beside what the others have. */
const noteSql = `
  INSERT INTO tenant_stream AS mine (tenant_id, replica_id, open)
  SELECT t.id, $3, $4 + CASE WHEN t.max_streams IS NULL THEN $5::int
      ELSE LEAST($5::int, GREATEST(0, t.max_streams - $4::int - (
        SELECT COALESCE(sum(s.open), 0)::int FROM tenant_stream s WHERE s.tenant_id = t.id AND s.replica_id <> $3 AND ${isOfALiveReplica}))) END
  FROM tenant t WHERE t.id = $2
  ON CONFLICT (tenant_id, replica_id) DO UPDATE SET open = excluded.open RETURNING mine.open - $4::int AS granted`;

@Injectable()
export class StreamsStore {
  constructor(
    @Inject(Pool) private readonly pool: Pool,
    @Inject(Replica) private readonly replica: Pick<Replica, 'id'>,
    @Inject(CONFIG) private readonly config: Pick<Config, 'REPLICA_LEASE_MS'>,
  ) {}

  /** How many of `wanted` more may be opened beside the `open` that are. */
  async note(tenantId: string, open: number, wanted: number): Promise<number> {
    return transaction(this.pool, async (client) => {
      // The next statement sees what others noted before they let go.
      if (wanted > 0)
        await client.query(`SELECT pg_advisory_xact_lock(hashtext('comfymux streams'), hashtext($1))`, [
          tenantId,
        ]);
      const values = [this.config.REPLICA_LEASE_MS, tenantId, this.replica.id, open, wanted];
      const { rows } = await client.query<{ granted: number }>(noteSql, values);
      return rows[0]?.granted ?? 0;
    });
  }

  /** At all replicas, by tenant. */
  async open(): Promise<Map<string, number>> {
    const { rows } = await this.pool.query<{ tenantId: string; open: number }>(
      `SELECT s.tenant_id AS "tenantId", sum(s.open)::int AS open FROM tenant_stream s WHERE ${isOfALiveReplica} GROUP BY s.tenant_id`,
      [this.config.REPLICA_LEASE_MS],
    );
    return new Map(rows.map(({ tenantId, open }) => [tenantId, open]));
  }

  /** Those of this replica, which stops, and of others that will not come back. */
  async forget(): Promise<void> {
    await this.pool.query(
      'DELETE FROM tenant_stream s WHERE replica_id = $1 OR NOT EXISTS (SELECT FROM replica r WHERE r.id = s.replica_id)',
      [this.replica.id],
    );
  }
}
