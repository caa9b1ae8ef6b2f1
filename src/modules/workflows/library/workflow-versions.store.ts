/** The tables `workflow_version` and `workflow_channel`. Versions are only added, or deleted with their workflow. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import type { WorkflowText } from '../domain/index.js';

export interface ChannelRow {
  name: string;
  channel: string;
  hash: string;
}

export interface VersionRow {
  hash: string;
  source: 'file' | 'api';
  createdAt: Date;
  channels: string[];
}

export interface NewVersion extends WorkflowText {
  name: string;
  source: 'file' | 'api';
  channel: string;
}

const insertSql = `
  WITH made AS (
    INSERT INTO workflow_version (hash, name, definition, source) VALUES ($1, $2, $3, $4) ON CONFLICT (hash) DO NOTHING RETURNING hash
  ), pointed AS (
    INSERT INTO workflow_channel (name, channel, hash)
    SELECT $2, $5, $1 WHERE $6 OR EXISTS (SELECT 1 FROM made)
    ON CONFLICT (name, channel) DO UPDATE SET hash = EXCLUDED.hash, changed_at = CURRENT_TIMESTAMP
      WHERE workflow_channel.hash <> EXCLUDED.hash
  )
  SELECT count(*)::int AS made FROM made`;

@Injectable()
export class WorkflowVersionsStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  async channels(): Promise<ChannelRow[]> {
    const { rows } = await this.pool.query<ChannelRow>(
      'SELECT name, channel, hash FROM workflow_channel ORDER BY name, channel',
    );
    return rows;
  }

  /** Texts by hash. */
  async texts(hashes: readonly string[]): Promise<Map<string, string>> {
    const { rows } = await this.pool.query<{ hash: string; definition: string }>(
      'SELECT hash, definition FROM workflow_version WHERE hash = ANY($1)',
      [hashes],
    );
    return new Map(rows.map(({ hash, definition }) => [hash, definition]));
  }

  /** Keeps the version and points the channel at it; with `onlyNew` a version that is known already moves nothing. */
  async keep(
    { hash, name, text, source, channel }: NewVersion,
    { onlyNew }: { onlyNew: boolean },
  ): Promise<boolean> {
    const { rows } = await this.pool.query<{ made: number }>(insertSql, [
      hash,
      name,
      text,
      source,
      channel,
      !onlyNew,
    ]);
    return rows[0]?.made === 1;
  }

  /** Newest first, at most 200. */
  async versions(name: string): Promise<VersionRow[]> {
    const { rows } = await this.pool.query<VersionRow>(
      `SELECT v.hash, v.source, v.created_at AS "createdAt",
         ARRAY(SELECT c.channel FROM workflow_channel c WHERE c.hash = v.hash AND c.name = v.name ORDER BY c.channel) AS channels
       FROM workflow_version v WHERE v.name = $1 ORDER BY v.created_at DESC, v.hash LIMIT 200`,
      [name],
    );
    return rows;
  }

  /** Hashes that begin so, at most two: more than one is no answer. */
  async hashesOf(name: string, prefix: string): Promise<string[]> {
    const { rows } = await this.pool.query<{ hash: string }>(
      'SELECT hash FROM workflow_version WHERE name = $1 AND starts_with(hash, $2) LIMIT 2',
      [name, prefix],
    );
    return rows.map(({ hash }) => hash);
  }

  async point(name: string, channel: string, hash: string): Promise<void> {
    await this.pool.query(
      `INSERT INTO workflow_channel (name, channel, hash) VALUES ($1, $2, $3)
       ON CONFLICT (name, channel) DO UPDATE SET hash = EXCLUDED.hash, changed_at = CURRENT_TIMESTAMP`,
      [name, channel, hash],
    );
  }

  /** Whether there was one. Jobs keep their own copy. */
  async remove(name: string): Promise<boolean> {
    await this.pool.query('DELETE FROM workflow_channel WHERE name = $1', [name]);
    const { rowCount } = await this.pool.query('DELETE FROM workflow_version WHERE name = $1', [name]);
    return (rowCount ?? 0) > 0;
  }
}
