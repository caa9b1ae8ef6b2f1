/** Principals and their keys in the database. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { z } from 'zod';
import { msBetween, PrismaService, statement } from '../../../platform/database/index.js';
import {
  type NewKey,
  noScopes,
  type Principal,
  type Right,
  rights,
  type Role,
  roles,
  type Scopes,
} from '../domain/index.js';

export interface PrincipalRecord {
  id: string;
  tenantId: string;
  name: string;
  createdAt: Date;
}

/** What is known of a key besides its secret. */
export interface KeyRecord {
  id: string;
  principalId: string;
  tenantId: string;
  name: string;
  /** Null for one whose row makes no sense: it opens nothing, and can be revoked. */
  role: Role | null;
  rights: Right[];
  scopes: Scopes;
  createdAt: Date;
  createdBy: string | null;
  expiresAt: Date | null;
  usedAt: Date | null;
  revokedAt: Date | null;
}

export type KeySettings = Pick<KeyRecord, 'name' | 'rights' | 'scopes' | 'createdBy' | 'expiresAt'> & {
  role: Role;
};

type Row<Record extends KeyRecord> = Omit<Record, 'role' | 'rights' | 'scopes'> & {
  role: string;
  rights: readonly unknown[];
  scopes: unknown;
};

/** A key with what tells whether one that is shown is it. */
export interface SecretRecord extends KeyRecord {
  secretHash: Buffer;
  changedAt: Date;
  /** When it was read, by the clock of the database: that of a replica may be wrong. Null for one without an end. */
  expiresInMs: number | null;
}

const columns = `k.id, k.principal_id AS "principalId", p.tenant_id AS "tenantId", k.name, k.role, k.rights, k.scopes, k.created_at AS "createdAt",
     k.created_by AS "createdBy", k.expires_at AS "expiresAt", k.used_at AS "usedAt", k.revoked_at AS "revokedAt"`;
const findKey = statement(
  'api-key',
  `SELECT ${columns}, k.secret_hash AS "secretHash",
     k.changed_at AS "changedAt", ${msBetween('now()', 'k.expires_at')} AS "expiresInMs"
   FROM api_key k JOIN principal p ON p.id = k.principal_id WHERE k.id = $1`,
);
const changedKeys = statement(
  'api-keys-changed',
  `SELECT id, changed_at AS "changedAt" FROM api_key WHERE changed_at >= now() - $1 * interval '1 millisecond'`,
);

@Injectable()
export class KeysStore {
  constructor(
    @Inject(PrismaService) private readonly prisma: PrismaService,
    @Inject(Pool) private readonly pool: Pool,
  ) {}

  async find(id: string): Promise<SecretRecord | null> {
    const { rows } = await this.pool.query<Row<SecretRecord>>({ ...findKey, values: [id] });
    return rows[0] ? keyIn<SecretRecord>(rows[0]) : null;
  }

  /** The newest first; of one tenant, or of all. */
  async list(tenantId?: string): Promise<KeyRecord[]> {
    const { rows } = await this.pool.query<Row<KeyRecord>>(
      `SELECT ${columns} FROM api_key k JOIN principal p ON p.id = k.principal_id
       WHERE $1::text IS NULL OR p.tenant_id = $1 ORDER BY k.created_at DESC, k.id`,
      [tenantId ?? null],
    );
    return rows.map((row) => keyIn<KeyRecord>(row));
  }

  /** Makes the principal too, where it is not there. */
  async add(
    principal: Omit<PrincipalRecord, 'createdAt'>,
    key: NewKey,
    settings: KeySettings,
  ): Promise<KeyRecord | 'of_another_tenant' | 'no_tenant'> {
    return this.insert(principal, key, settings).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'P2003') return 'no_tenant';
      throw error;
    });
  }

  private async insert(
    { id, tenantId, name }: Omit<PrincipalRecord, 'createdAt'>,
    key: NewKey,
    settings: KeySettings,
  ): Promise<KeyRecord | 'of_another_tenant'> {
    return this.prisma.$transaction(async (tx) => {
      const principal = await tx.principal.upsert({
        where: { id },
        create: { id, tenantId, name },
        update: {},
        select: { tenantId: true },
      });
      if (principal.tenantId !== tenantId) return 'of_another_tenant';
      const { createdAt } = await tx.apiKey.create({
        data: {
          id: key.id,
          principalId: id,
          secretHash: new Uint8Array(key.hash),
          ...settings,
          scopes: { ...settings.scopes },
        },
        select: { createdAt: true },
      });
      return { ...settings, id: key.id, principalId: id, tenantId, createdAt, usedAt: null, revokedAt: null };
    });
  }

  /** Ends now when `inMs` is 0, else after so long. Whether it was not revoked before. One that ended is kept: the audit names it. */
  async end(id: string, inMs: number): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `UPDATE api_key SET changed_at = now(), revoked_at = CASE WHEN $2 = 0 THEN now() END,
         expires_at = CASE WHEN $2 = 0 THEN expires_at ELSE LEAST(expires_at, now() + $2 * interval '1 millisecond') END
       WHERE id = $1 AND revoked_at IS NULL`,
      [id, inMs],
    );
    return rowCount === 1;
  }

  async hasAny(role?: Role): Promise<boolean> {
    const where = { revokedAt: null, ...(role !== undefined && { role }) };
    return (await this.prisma.apiKey.findFirst({ where, select: { id: true } })) !== null;
  }

  /** Ids of the keys that were changed in the last so many milliseconds, by the database's clock. */
  async changedWithin(durationMs: number): Promise<{ id: string; changedAt: Date }[]> {
    const { rows } = await this.pool.query<{ id: string; changedAt: Date }>({
      ...changedKeys,
      values: [durationMs],
    });
    return rows;
  }

  /** By the minute: who works all day need not write all day. */
  async noteUse(ids: readonly string[]): Promise<void> {
    await this.pool.query(`UPDATE api_key SET used_at = date_trunc('minute', now()) WHERE id = ANY ($1)`, [
      ids,
    ]);
  }

  async principals(tenantId?: string): Promise<PrincipalRecord[]> {
    const { rows } = await this.pool.query<PrincipalRecord>(
      `SELECT id, tenant_id AS "tenantId", name, created_at AS "createdAt" FROM principal
       WHERE $1::text IS NULL OR tenant_id = $1 ORDER BY id`,
      [tenantId ?? null],
    );
    return rows;
  }
}

/** What narrows a key is never left out because it cannot be read: then the whole key opens nothing. */
function keyIn<Record extends KeyRecord>({ role, rights: told, scopes, ...row }: Row<Record>): Record {
  const known = z.enum(roles).safeParse(role);
  const narrowed = storedScopes.safeParse(scopes);
  const isReadable = known.success && narrowed.success;
  return {
    ...row,
    role: isReadable ? known.data : null,
    rights: isReadable ? rights.filter((right) => told.includes(right)) : [],
    scopes: narrowed.data ?? noScopes,
  } as unknown as Record;
}

const names = z.array(z.string()).nullable();
const storedScopes = z.object({ doors: names, workflows: names, networks: names });

/** Who shows the key. */
export const principalOf = (key: KeyRecord): Principal => ({
  id: key.principalId,
  kind: 'key',
  keyId: key.id,
  tenantId: key.tenantId,
  role: key.role,
  rights: key.rights,
  scopes: key.scopes,
});
