/**
 * Who changed what. A line is written before the change, so that no change goes without one; its outcome follows with the
 * answer. A line without an outcome is of a request that was under way when its replica died.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { inPages } from '../../../platform/database/index.js';
import type { Kind, Principal, Verb } from '../domain/index.js';

export interface AuditEntry {
  principal: Principal;
  verb: Verb;
  kind: Kind;
  /** Method and path, without the query: it may hold what is secret. */
  request: string;
  address: string;
  requestId: string;
}

export interface AuditLine {
  /** Grows with time; a number that JavaScript may not hold. */
  id: string;
  at: Date;
  knownBy: Principal['kind'];
  principalId: string | null;
  keyId: string | null;
  tenantId: string;
  verb: string;
  kind: string;
  request: string;
  address: string;
  requestId: string;
  /** Of the answer; null while it is not there. */
  status: number | null;
}

export interface AuditFilter {
  limit: number;
  /** Lines before this one. */
  before?: string | undefined;
  principal?: string | undefined;
  tenant?: string | undefined;
  kind?: string | undefined;
}

const requestMax = 500;
const pageSize = 1_000;

@Injectable()
export class AuditStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** The id of the line. */
  async begin({ principal, verb, kind, request, address, requestId }: AuditEntry): Promise<string> {
    const { kind: knownBy, id, keyId, tenantId } = principal;
    const { rows } = await this.pool.query<{ id: string }>(
      `INSERT INTO audit (known_by, principal_id, key_id, tenant_id, verb, kind, request, address, request_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
      [knownBy, id, keyId, tenantId, verb, kind, request.slice(0, requestMax), address, requestId],
    );
    return rows[0]!.id;
  }

  async end(id: string, status: number): Promise<void> {
    await this.pool.query('UPDATE audit SET status = $2 WHERE id = $1', [id, status]);
  }

  /** The newest first. */
  async page({ limit, before, principal, tenant, kind }: AuditFilter): Promise<AuditLine[]> {
    const { rows } = await this.pool.query<AuditLine>(
      `SELECT id, at, known_by AS "knownBy", principal_id AS "principalId", key_id AS "keyId", tenant_id AS "tenantId", verb, kind,
         request, address, request_id AS "requestId", status
       FROM audit
       WHERE ($2::bigint IS NULL OR id < $2) AND ($3::text IS NULL OR principal_id = $3) AND ($4::text IS NULL OR tenant_id = $4)
         AND ($5::text IS NULL OR kind = $5)
       ORDER BY id DESC LIMIT $1`,
      [limit, before ?? null, principal ?? null, tenant ?? null, kind ?? null],
    );
    return rows;
  }

  /** Lines from before a time; answers how many after each page. */
  forget(before: Date): AsyncGenerator<number> {
    return inPages(pageSize, async (page) => {
      const { rowCount } = await this.pool.query(
        `DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < $1 ORDER BY at LIMIT $2)`,
        [before, page],
      );
      return rowCount ?? 0;
    });
  }
}
