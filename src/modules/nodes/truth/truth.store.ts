/**
 * The rows that tell how nodes stand. One statement a move: an owner writes only while its epoch is the row's, so that one that
 * was overtaken changes nothing, and every write counts `truth_ver` up, by which readers know what is newer.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { msBetween, nextVersion } from '../../../platform/database/index.js';
import type { NodeMemory } from '../../comfyui/index.js';
import type { BreakerRecord } from '../domain/index.js';
import type { NodeObservation } from '../nodes.store.js';
import { type StoredTruth, truthIn, type TruthRow } from './truth-row.js';

export type Statement = NodeObservation & { flags: readonly string[]; breaker: BreakerRecord };

const columns = `id, truth_owner AS "ownerId", truth_epoch AS epoch, truth_ver AS ver, state, state_reason AS reason, flags,
  inventory_hash AS "inventoryHash", capabilities, devices, memory,
  ${msBetween('last_seen_at', 'now()')} AS "unseenForMs",
  json_build_object('state', breaker, 'remainingMs', ${msBetween('now()', 'breaker_until')},
    'consecutiveFaults', breaker_faults, 'timesOpened', breaker_opened, 'canary', canary) AS breaker`;

@Injectable()
export class TruthStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** Of these nodes, or of all. */
  async read(ids: readonly string[] | null): Promise<TruthRow[]> {
    const { rows } = await this.pool.query<StoredTruth>(
      `SELECT ${columns} FROM node WHERE $1::text[] IS NULL OR id = ANY ($1)`,
      [ids],
    );
    return rows.map(truthIn);
  }

  /** Makes `owner` the one who writes, if the row is still the one seen. */
  async claim(
    { id, epoch, ver }: TruthRow,
    owner: string,
  ): Promise<{ epoch: number; ver: number } | undefined> {
    const { rows } = await this.pool.query<{ epoch: number; ver: number }>(
      `UPDATE node SET truth_owner = $2, truth_epoch = ${nextVersion('truth_epoch')}, truth_ver = ${nextVersion('truth_ver')}
       WHERE id = $1 AND truth_epoch = $3 AND truth_ver = $4 RETURNING truth_epoch AS epoch, truth_ver AS ver`,
      [id, owner, epoch, ver],
    );
    return rows[0];
  }

  /**
   * Makes this prompt the one that tries the node, unless an open attempt there is. Once made, it may be made again. Attempts stay closed,
   * so a claim that was seen to be free is free for as long as the row names it: one that came between is refused by the comparison.
   */
  async claimForCanary(id: string, promptId: string): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `WITH seen AS MATERIALIZED (SELECT n.canary_claim FROM node n WHERE n.id = $1 AND (n.canary_claim = $2 OR NOT EXISTS (
         SELECT FROM attempt a WHERE a.prompt_id = n.canary_claim AND a.node_id = $1 AND a.closed_at IS NULL)))
       UPDATE node SET canary_claim = $2 FROM seen WHERE id = $1 AND node.canary_claim IS NOT DISTINCT FROM seen.canary_claim`,
      [id, promptId],
    );
    return rowCount === 1;
  }

  /** Leaves the row to whoever owns the node now. */
  async handOver(id: string, owner: string, epoch: number): Promise<void> {
    await this.pool.query(
      `UPDATE node SET truth_owner = NULL, truth_ver = ${nextVersion('truth_ver')}
       WHERE id = $1 AND truth_owner = $2 AND truth_epoch = $3`,
      [id, owner, epoch],
    );
  }

  /** The version written; undefined when another owns the row by now, and nothing was written. */
  async write(id: string, owner: string, epoch: number, told: Statement): Promise<number | undefined> {
    const { breaker } = told;
    const { rows } = await this.pool.query<{ ver: number }>(
      `UPDATE node SET truth_ver = ${nextVersion('truth_ver')}, state = $4, state_reason = $5, flags = $6, breaker = $7,
         breaker_until = now() + $8::float8 * interval '1 millisecond', breaker_faults = $9, breaker_opened = $10,
         canary = $11, version = $12, gpu_class = $13, capabilities = $14::jsonb, devices = $15::jsonb, inventory_hash = $16,
         last_seen_at = COALESCE($17, last_seen_at)
       WHERE id = $1 AND truth_owner = $2 AND truth_epoch = $3 RETURNING truth_ver AS ver`,
      [
        id,
        owner,
        epoch,
        told.state,
        told.stateReason,
        told.flags,
        breaker.state,
        breaker.remainingMs,
        breaker.consecutiveFaults,
        breaker.timesOpened,
        breaker.canary,
        told.version,
        told.gpuClass,
        JSON.stringify(told.capabilities),
        JSON.stringify(told.devices),
        told.inventoryHash,
        told.lastSeenAt,
      ],
    );
    return rows[0]?.ver;
  }

  /** What changes all the time and decides nothing: no version, one statement for all nodes of an owner. */
  async beat(
    owner: string,
    nodes: readonly { id: string; seenForMs: number; memory: NodeMemory | undefined }[],
  ): Promise<void> {
    await this.pool.query(
      `UPDATE node SET last_seen_at = now() - seen_for_ms * interval '1 millisecond', memory = told.memory
       FROM unnest($2::text[], $3::float8[], $4::jsonb[]) AS told (node_id, seen_for_ms, memory)
       WHERE node.id = told.node_id AND truth_owner = $1`,
      [
        owner,
        nodes.map(({ id }) => id),
        nodes.map(({ seenForMs }) => seenForMs),
        nodes.map(({ memory }) => (memory ? JSON.stringify(memory) : null)),
      ],
    );
  }

  /** The classes of an inventory as JSON, which may be megabytes. */
  async inventory(hash: string): Promise<string | undefined> {
    const { rows } = await this.pool.query<{ body: string }>(
      `SELECT body::text AS body FROM inventory WHERE hash = $1`,
      [hash],
    );
    return rows[0]?.body;
  }
}
