/** The one row of `site`. */
import { randomUUID } from 'node:crypto';
import type { ClientBase, Pool } from 'pg';
import type { Place, SiteRecord } from './standing.js';

type Database = Pick<Pool | ClientBase, 'query'>;

const oidSql = `(SELECT oid FROM pg_database WHERE datname = current_database())::text AS "databaseOid"`;

/** Where the database lies that we are connected to. */
export async function readPlace(database: Database): Promise<Place> {
  try {
    return await one(
      database,
      `SELECT ${oidSql}, (SELECT system_identifier FROM pg_control_system())::text AS "systemIdentifier"`,
    );
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === insufficientPrivilege)) throw error;
    return one(database, `SELECT ${oidSql}, NULL AS "systemIdentifier"`);
  }
}

const insufficientPrivilege = '42501';

export async function readSite(database: Database): Promise<SiteRecord | undefined> {
  const { rows } = await database.query<SiteRecord>(
    `SELECT site_id AS "siteId", system_identifier AS "systemIdentifier", database_oid::text AS "databaseOid", marked FROM site`,
  );
  return rows[0];
}

/** Of several replicas that begin at once one writes the row. */
export async function beginSite(database: Database, place: Place): Promise<void> {
  await database.query(
    `INSERT INTO site (site_id, system_identifier, database_oid) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
    [randomUUID(), place.systemIdentifier, place.databaseOid],
  );
}

/**
 * The database and the storage that it is used with are a site of their own from now on. The id is a new one: a service that still
 * works with the same files finds at its next start that they are no longer its own.
 */
export async function adoptSite(database: Database): Promise<void> {
  const place = await readPlace(database);
  await database.query(
    `INSERT INTO site (site_id, system_identifier, database_oid) VALUES ($1, $2, $3)
     ON CONFLICT (singleton) DO UPDATE SET site_id = $1, system_identifier = $2, database_oid = $3, marked = false, adopted_at = now()`,
    [randomUUID(), place.systemIdentifier, place.databaseOid],
  );
}

export async function noteMarked(database: Database, siteId: string): Promise<void> {
  await database.query(`UPDATE site SET marked = true WHERE site_id = $1`, [siteId]);
}

async function one(database: Database, sql: string): Promise<Place> {
  const { rows } = await database.query<Place>(sql);
  return rows[0]!;
}
