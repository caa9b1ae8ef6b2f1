import { Inject, Injectable } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import { readNodeUrl } from '../../../platform/config/index.js';
import { msBetween, transaction } from '../../../platform/database/index.js';
import {
  type RegisteredNode,
  registryChanges,
  type RegistryChanges,
  type SightedNode,
  type Sighting,
} from '../domain/index.js';
import { labelsIn } from './registered-node.js';

/** Writes what sources tell into the registry of nodes. */
@Injectable()
export class RegistryStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** One transaction, one at a time in the whole cluster; safe to run twice. */
  async apply(source: string, sighting: Sighting): Promise<RegistryChanges> {
    return transaction(this.pool, async (client) => {
      await client.query(`SELECT pg_advisory_xact_lock(hashtext('comfymux node registry'))`);
      const { rows } = await client.query<RegisteredNode>(registeredSql);
      const nodes = rows.map((row) => ({ ...row, labels: labelsIn(row.labels) }));
      const { rows: open } = await client.query<{ id: string }>(
        `SELECT DISTINCT node_id AS id FROM attempt WHERE closed_at IS NULL`,
      );
      const busy = new Set(open.map(({ id }) => id));
      const [usable, unusable] = partition(sighting.nodes, ({ url }) => 'url' in readNodeUrl(url));
      const changes = registryChanges(source, { nodes, busy }, { ...sighting, nodes: usable });
      await write(client, source, changes);
      return { ...changes, refused: [...changes.refused, ...unusable.map(({ id }) => id)] };
    });
  }

  /** Every source that has nodes in the registry. */
  async sources(): Promise<string[]> {
    const { rows } = await this.pool.query<{ source: string }>(`SELECT DISTINCT source FROM node`);
    return rows.map(({ source }) => source);
  }
}

function partition<T>(list: readonly T[], test: (one: T) => boolean): [T[], T[]] {
  return [list.filter((one) => test(one)), list.filter((one) => !test(one))];
}

const registeredSql = `SELECT id, url, source, weight, labels, incarnation,
  ${msBetween('leaving_at', 'now()')} AS "leavingForMs" FROM node`;

async function write(
  client: PoolClient,
  source: string,
  { forget, leave, put }: RegistryChanges,
): Promise<void> {
  if (forget.length > 0)
    await client.query(`DELETE FROM node WHERE id = ANY($1) AND source = $2`, [forget, source]);
  if (leave.length > 0)
    await client.query(`UPDATE node SET leaving_at = now() WHERE id = ANY($1) AND source = $2`, [
      leave,
      source,
    ]);
  if (put.length === 0) return;
  // Two nodes may change places: neither address may be in the way of the other.
  await client.query(
    `UPDATE node SET url = 'moving:' || node.id FROM jsonb_to_recordset($1) AS told(id text, url text)
      WHERE node.id = told.id AND node.url <> told.url`,
    [JSON.stringify(put)],
  );
  const bringsSettings = put.some(({ settings }) => settings !== undefined);
  await client.query(putSql(bringsSettings), [JSON.stringify(put.map(recordOf)), source]);
}

const recordOf = ({ settings, ...node }: SightedNode) => ({ ...node, ...settings });

const putSql = (bringsSettings: boolean): string => `
  INSERT INTO node AS known (id, url, source, weight, labels, leaving_at, incarnation)
  SELECT id, url, $2, coalesce(weight, 1), coalesce(labels, '{}'), CASE WHEN leaving THEN now() END, incarnation
    FROM jsonb_to_recordset($1) AS told(id text, url text, weight float8, labels jsonb, leaving boolean, incarnation text)
  ON CONFLICT (id) DO UPDATE SET url = excluded.url, incarnation = excluded.incarnation,
    ${bringsSettings ? 'weight = excluded.weight, labels = excluded.labels,' : ''}
    leaving_at = CASE WHEN excluded.leaving_at IS NOT NULL THEN coalesce(known.leaving_at, now()) END`;
