/** Logins and tokens in the database, whose clock alone says when they end. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { msBetween, statement } from '../../../platform/database/index.js';
import type { Holder, PassKind } from '../domain/index.js';
import { holderIn } from '../domain/pass.js';

export interface LoginRecord {
  holder: Holder;
  expiresInMs: number;
}

const findLogin = statement(
  'login',
  `SELECT holder, ${msBetween('now()', 'expires_at')} AS "expiresInMs" FROM login
   WHERE hash = $1 AND expires_at > now()`,
);
const takeToken = statement(
  'token-taken',
  `DELETE FROM token WHERE hash = $1 RETURNING holder, expires_at > now() AS "isGood"`,
);
/** What has ended goes with what comes, some at a time. */
const add = (table: PassKind): string =>
  `WITH gone AS (DELETE FROM ${table} WHERE hash IN (SELECT hash FROM ${table} WHERE expires_at < now() LIMIT 100))
   INSERT INTO ${table} (hash, holder, expires_at) VALUES ($1, $2, now() + $3 * interval '1 millisecond') RETURNING expires_at AS "expiresAt"`;

@Injectable()
export class PassesStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** When it ends. */
  async add(kind: PassKind, hash: Buffer, holder: Holder, lifetimeMs: number): Promise<Date> {
    const values = [hash, JSON.stringify(holder), lifetimeMs];
    const { rows } = await this.pool.query<{ expiresAt: Date }>(add(kind), values);
    return rows[0]!.expiresAt;
  }

  async login(hash: Buffer): Promise<LoginRecord | null> {
    const { rows } = await this.pool.query<LoginRecord>({ ...findLogin, values: [hash] });
    const [row] = rows;
    const holder = row && holderIn(row.holder);
    return holder ? { ...row, holder } : null;
  }

  async endLogin(hash: Buffer): Promise<boolean> {
    const { rowCount } = await this.pool.query('DELETE FROM login WHERE hash = $1', [hash]);
    return rowCount === 1;
  }

  /** Those that began with the key. Answers their hashes. */
  async endLoginsOfKey(keyId: string): Promise<Buffer[]> {
    return this.endLogins(`holder ->> 'keyId' = $1`, keyId);
  }

  /** Those of all keys of a principal, and of a person whom a provider vouched for. Answers their hashes. */
  async endLoginsOfPrincipal(id: string): Promise<Buffer[]> {
    return this.endLogins(
      `holder ->> 'keyId' IN (SELECT k.id FROM api_key k WHERE k.principal_id = $1)
         OR 'oidc:' || (holder -> 'identity' ->> 'subject') = $1`,
      id,
    );
  }

  private async endLogins(which: string, value: string): Promise<Buffer[]> {
    const { rows } = await this.pool.query<{ hash: Buffer }>(
      `DELETE FROM login WHERE ${which} RETURNING hash`,
      [value],
    );
    return rows.map(({ hash }) => hash);
  }

  /** Takes it away: of all who show it, at whichever replica, one gets the holder. */
  async takeToken(hash: Buffer): Promise<Holder | null> {
    const { rows } = await this.pool.query<{ holder: Holder; isGood: boolean }>({
      ...takeToken,
      values: [hash],
    });
    return rows[0]?.isGood ? holderIn(rows[0].holder) : null;
  }
}
