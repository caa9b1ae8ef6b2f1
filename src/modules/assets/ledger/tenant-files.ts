/** Whose files they are, and how many bytes each tenant keeps: what is noted with every file (assets.sql.ts), read and freed. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { ofToday } from '../assets.sql.js';
import { freeing, namedByTenant } from './named-by.sql.js';

/** Of one tenant, in bytes. */
export interface TenantUse {
  storedBytes: number;
  /** Since midnight, UTC. */
  uploadedBytesToday: number;
}

interface Place {
  tenantId: string;
  sha256: string;
}

@Injectable()
export class TenantFiles {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** Of every tenant, or of one. */
  async use(tenantId: string | null = null): Promise<Map<string, TenantUse>> {
    const { rows } = await this.pool.query<TenantUse & { tenantId: string }>(
      `SELECT s.tenant_id AS "tenantId", s.stored_bytes::float8 AS "storedBytes",
         (${ofToday('day_uploaded_bytes')})::float8 AS "uploadedBytesToday"
       FROM tenant_storage s WHERE $1::text IS NULL OR s.tenant_id = $1`,
      [tenantId],
    );
    return new Map(rows.map(({ tenantId: id, ...use }) => [id, use]));
  }

  /**
   * Frees what was last noted before `olderThan` and what no upload and no job of its tenant names, looking at `page` of all at a
   * time. Answers how many after each page.
   */
  async *freeUnnamed(olderThan: Date, page = 200): AsyncGenerator<number> {
    for (let after: Place | null = { tenantId: '', sha256: '' }; after !== null;) {
      const { freed, last } = await this.freePage(olderThan, page, after);
      yield freed;
      after = last;
    }
  }

  private async freePage(
    olderThan: Date,
    limit: number,
    { tenantId, sha256 }: Place,
  ): Promise<{ freed: number; last: Place | null }> {
    const { rows } = await this.pool.query<{ freed: number; last: Place | null }>(
      `WITH page AS MATERIALIZED (
         SELECT tenant_id, sha256, noted_at FROM tenant_file WHERE (tenant_id, sha256) > ($3, $4) ORDER BY tenant_id, sha256 LIMIT $2),
       unnamed AS MATERIALIZED (SELECT f.* FROM page f WHERE f.noted_at < $1 AND NOT (${namedByTenant()})),
       ${freeing}
       SELECT (SELECT count(*)::int FROM freed_files) AS freed,
         (SELECT jsonb_build_object('tenantId', tenant_id, 'sha256', sha256) FROM page ORDER BY tenant_id DESC, sha256 DESC LIMIT 1) AS last`,
      [olderThan, limit, tenantId, sha256],
    );
    return rows[0] ?? { freed: 0, last: null };
  }
}
